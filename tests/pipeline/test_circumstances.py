"""A night tells by what the people of a signal stand out, and keeps it with the signal."""

from __future__ import annotations

from datetime import timedelta

from insights.models import Release
from insights.pipeline import nightly
from insights.pipeline.circumstances import Circumstances
from insights.pipeline.engine import Engine
from insights.store import digests, releases, signals
from tests.pipeline import village

CAME_OUT = village.NIGHT - timedelta(hours=46)


def test_a_night_tells_version_and_release_of_an_outbreak(untouched: Engine) -> None:
    """In the signal, in its why, and in the digest; a night that is run again says the same."""
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
    assert (version["name"], version["people"]) == ("2.1.0", version["of"])
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
