"""A night tells by what the people of a signal stand out, and keeps it with the signal."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from insights.models import Release
from insights.pipeline import nightly
from insights.pipeline.circumstances import Circumstances
from insights.pipeline.engine import Engine
from insights.store import digests, releases, signals
from tests.pipeline import village

CAME_OUT = village.NIGHT - timedelta(hours=46)


def bystanders(path: Path) -> None:
    """Let eight people who are new write of other things on the last two days."""
    lines = [
        {
            "id": f"{9500 + number}",
            "author": f"visitor{number}",
            "created_at": (village.NIGHT - timedelta(hours=4 * number + 3)).isoformat(),
            "text": village.THEMES[number % 4].format(a=a, b=village.FILLERS[1][number % 5]),
        }
        for number, a in enumerate((*village.FILLERS[0], *village.FILLERS[0][:3]))
    ]
    with path.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def test_a_night_tells_version_and_release_of_an_outbreak(
    untouched: Engine, tmp_path: Path
) -> None:
    """In the signal, in its why, and in the digest; a night that is run again says the same."""
    bystanders(tmp_path / "untouched" / "forum.jsonl")
    late = Release(source="app", version="9.9", released_at=village.NIGHT + timedelta(hours=1))
    with untouched.database.write() as tx:
        out = Release(source="app", version="v2.1.0", released_at=CAME_OUT)
        releases.save(tx, "app", [out, late])
    nightly.run(untouched, as_of=village.NIGHT, community=village.COMMUNITY)
    with untouched.database.read() as tx:
        (signal,) = [s for s in signals.every(tx) if s["kind"] == "emerging"]
        (shown,) = digests.every(tx)
        digest = digests.get(tx, shown["id"])
    version = next(trait for trait in signal["traits"] if trait["kind"] == "version")
    assert (version["name"], version["people"]) == ("2.1.0", 10)  # all who were planted
    assert version["times"] > 2
    assert "hours after release 2.1.0" in signal["why"]
    assert f"{version['people']} of {version['of']} mention 2.1.0" in signal["why"]
    assert digest is not None
    item = next(i for i in digest["decisions"] if i["kind"] == "emerging")
    assert [w["name"] for w in item["where"] if w["kind"] == "version"] == ["2.1.0"]
    nightly.run(untouched, as_of=village.NIGHT, community=village.COMMUNITY)
    with untouched.database.read() as tx:
        assert [s for s in signals.every(tx) if s["kind"] == "emerging"] == [signal]


def test_a_night_knows_no_release_of_its_future(lived: Engine) -> None:
    """As a replay must not."""
    with lived.database.write() as tx:
        for hours in (-1, 0, 1):
            at = village.NIGHT + timedelta(hours=hours)
            releases.save(tx, "app", [Release(source="app", version=f"v{hours}", released_at=at)])
    known = Circumstances.load(lived, village.NIGHT)
    assert [release.version for release in known.releases] == ["v-1"]
    assert "version/7.1" in known.read("since 7.1 it is slow")
