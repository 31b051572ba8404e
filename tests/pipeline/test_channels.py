"""Nights that go to a chat, a tracker and a webhook: each gets each digest once, in the end."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from insights.errors import PublishError
from insights.http import Http
from insights.pipeline import nightly
from insights.pipeline.engine import Channel, Engine
from insights.publishers.github import GitHub, GithubOptions
from insights.publishers.slack import Slack, SlackOptions
from insights.publishers.webhook import Webhook, WebhookOptions
from insights.testing import Clock
from tests.pipeline import village
from tests.publishers.test_github import TOKEN, Repository


class World:
    """Slack, GitHub and a board of our own; `down` are the hosts that refuse for now, `lost` those
    that take what comes and never answer."""

    def __init__(self) -> None:
        self.repository = Repository()
        self.down: set[str] = set()
        self.lost: set[str] = set()
        self.got: Counter[tuple[str, str]] = Counter()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host in self.down:
            return httpx.Response(503, headers={"Retry-After": "3600"})
        if host == "api.github.com":
            return self.repository(request)
        told = json.loads(request.content)
        name = told["id"] if host == "board.example" else told["blocks"][-1]["elements"][0]["text"]
        self.got[host, name.partition(",")[0]] += 1
        if host in self.lost:
            raise httpx.ReadTimeout("late")
        return httpx.Response(200, json={"ok": True, "ts": "1.2"})


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def made(tmp_path: Path, encoder, intents, world: World) -> Engine:
    village.write(tmp_path, until=village.NIGHT)
    clock = Clock()
    http = Http(transport=httpx.MockTransport(world), sleep=clock.sleep, now=clock.now)
    chat = SlackOptions(token=SecretStr("xoxb-1234567"), channels=("#product",))
    tracker = GithubOptions(repository="acme/app", token=SecretStr(TOKEN))
    board = WebhookOptions(url="https://board.example/in", secret=SecretStr("s" * 32))
    channels = (
        Channel("chat", Slack("chat", chat, http=http)),
        Channel("tracker", GitHub("tracker", tracker, http=http)),
        Channel("board", Webhook("board", board, http=http)),
    )
    return replace(village.engine(tmp_path, encoder, intents), channels=channels)


def night(engine: Engine, as_of):
    return nightly.run(engine, as_of=as_of, community=village.COMMUNITY)


def test_who_was_down_gets_it_the_next_night_and_nobody_gets_it_twice(
    made: Engine, world: World
) -> None:
    """All three refuse, then one, then none; and a night that is run again sends nothing."""
    world.down = {"slack.com", "api.github.com", "board.example"}
    with pytest.raises(PublishError) as caught:
        night(made, village.EVENING_BEFORE)
    assert all(f"{name} " in str(caught.value) for name in ("chat", "tracker", "board"))
    assert not world.got and not world.repository.threads
    world.down = {"slack.com"}
    with pytest.raises(PublishError, match="chat"):
        night(made, village.NIGHT)
    world.down = set()
    night(made, village.NIGHT)
    night(made, village.NIGHT)
    digests = {"D-20260330-020000", "D-20260331-020000"}
    assert world.got == Counter(
        {(host, digest): 1 for host in ("slack.com", "board.example") for digest in digests}
    )
    assert len(world.repository.threads) == len(digests)


def test_a_lost_answer_is_told_and_nothing_comes_twice(made: Engine, world: World) -> None:
    """Where it can be looked up, it is; elsewhere somebody has to say that it is sent again."""
    world.lost = {"slack.com", "board.example"}
    world.repository.faults = [(httpx.ReadTimeout("late"),)]
    with pytest.raises(PublishError, match="--again"):
        night(made, village.NIGHT)
    world.lost = set()
    night(made, village.NIGHT)
    assert set(world.got.values()) == {1} and len(world.got) == 2
    assert len(world.repository.threads) == 1
