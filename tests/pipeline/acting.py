"""A village whose tracker can be written to, and that goes on living after its last night."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.github import GitHub as Reader
from connectors.github.options import GitHubOptions as ReaderOptions
from insights.http import Http
from insights.pipeline.engine import Engine, Source
from insights.testing import Clock
from insights.trackers.github import GitHub, GitHubOptions
from tests.connectors.hub import Hub, _iso
from tests.pipeline import village

NAME = "acme/app"
WHERE = (
    "walking", "uphill", "sleepy", "battery", "pocket", "rain", "northwards", "bridge", "ferry",
    "cycling", "morning", "twice", "vibrating", "loudly", "menu", "offline",
)  # fmt: skip
"""Words that tell reports apart: what says the same as another is a copy and counts once."""


class Repo(Hub):
    """A repository in which issues are opened, closed, moved and commented on."""

    page = 100

    def __init__(self) -> None:
        super().__init__()
        self.at = village.NIGHT
        self.posted: list[dict[str, Any]] = []
        self.before: Callable[[], httpx.Response | None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        """What happens to a question that writes before it is looked at, and once it was taken."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            if "sort" not in request.url.params and "since" in request.url.params:
                # The village's clock stands in March; a key is looked for by today's.
                address = request.url.copy_remove_param("since")
                request = httpx.Request("GET", address, headers=request.headers)
            return super().__call__(request)
        if (answer := self.before()) is not None:
            return answer
        body = json.loads(request.content)
        self.posted.append(body)
        parts = request.url.path.removeprefix("/repos/acme/app/").split("/")
        if parts == ["issues"]:
            name = self.add_issue(body["body"], title=body["title"])
            made, id_ = self.issues, int(name.partition("-")[2])
        else:
            name = self.add_comment(int(parts[1]), body["body"])
            made, id_ = self.comments, int(name.partition("-")[2])
        self.after()
        return httpx.Response(201, json=made[id_])

    def close(self, number: int, at: datetime, reason: str = "completed") -> None:
        when = {"closed_at": _iso(at), "updated_at": _iso(at)}
        self.issues[number] |= {"state": "closed", "state_reason": reason, **when}

    def reopen(self, number: int, at: datetime) -> None:
        more = {"state": "open", "state_reason": "reopened", "closed_at": None}
        self.issues[number] |= {**more, "updated_at": _iso(at)}


def with_tracker(engine: Engine, repo: Repo, name: str = "app") -> Engine:
    """Return the engine of a village that reads this repository and may write there."""

    def http() -> Http:
        clock = Clock(village.NIGHT)
        return Http(transport=httpx.MockTransport(repo), sleep=clock.sleep, now=clock.now)

    token = SecretStr(repo.token)
    reads = ReaderOptions(repository=NAME, token=token, discussions=False, releases=False)
    source = Source(name, "github", lambda: Reader(name, reads, http=http()))
    writes = GitHub(name, GitHubOptions(repository=NAME, token=token), http=http())
    return replace(engine, sources=[*engine.sources, source], trackers={name: writes})


def live_on(folder: Path, *, days: int, again: list[int] | None = None) -> None:
    """Let the village write for more days, with the outbreak's words on the days `again`."""
    dice = random.Random(11)
    lines = []
    for day in range(days):
        for hour in (8, 12, 16, 20):
            at = village.NIGHT + timedelta(days=day, hours=hour)
            text = village.THEMES[dice.randrange(4)].format(a="layers", b="night")
            tail = f"{dice.choice(village.TAILS)} {dice.choice(village.TAILS)}"
            number = 20_000 + day * 24 + hour
            person = dice.choice(village.PEOPLE)
            lines.append(village._record(number, person, at, f"{text}, {tail}"))
    for place, day in enumerate(again or []):
        at = village.NIGHT + timedelta(days=day, hours=9)
        where = dice.sample(WHERE, 5)
        text = village.OUTBREAK.format(a=f"again {' '.join(where)}")
        lines.append(village._record(30_000 + place, village.PEOPLE[place], at, text))
    with (folder / "forum.jsonl").open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
