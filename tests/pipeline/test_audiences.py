"""Each audience gets what concerns it, on its days; no two digests of a run tell more together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from insights.digest.content import Digest, Item
from insights.digest.options import AudienceOptions
from insights.errors import SettingsError
from insights.models import Post
from insights.pipeline import nightly
from insights.pipeline.audiences import is_due
from insights.pipeline.engine import Channel, Engine
from insights.store import deliveries, digests, posts, segments
from insights.workspace import Workspace
from tests.pipeline import village
from tests.pipeline.test_deliver import Round

MONDAY = datetime(2026, 5, 4, 2, tzinfo=UTC)
DAY = timedelta(days=1)
DESK, DARK = (
    "The desk crashes and loses my {} order, it is broken",
    "Please add a dark theme for {} at night",
)
THINGS = ("first", "second", "third", "newest", "oldest", "largest", "smallest", "only", "last")


MORE = (
    "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "plain", "quiet", "busy",
    "early", "late",
)  # fmt: skip


def options(**given) -> AudienceOptions:
    return AudienceOptions.model_validate({"channels": ["mail"], **given})


@pytest.mark.parametrize(
    ("every", "nights", "due"),
    [
        pytest.param("day", range(3), [0, 1, 2], id="daily"),
        pytest.param("monday", range(15), [0, 7, 14], id="weekly"),
        pytest.param(["monday", "thursday"], range(8), [0, 3, 7], id="twice a week"),
        pytest.param("monday", range(-3, 3), [0], id="the first waits for its day"),
        pytest.param("monday", [0, 9, 10, 14], [0, 9, 14], id="a missed day is made up for"),
    ],
)
def test_a_digest_is_due_on_its_days(every, nights, due) -> None:
    last, found = None, []
    for night in nights:
        at = MONDAY + night * DAY
        if is_due(options(every=every), at, last):
            last = at
            found.append(night)
    assert found == due


def test_a_night_that_is_run_again_is_due_again() -> None:
    """What was before it is what counts, and that has not changed."""
    assert is_due(options(every="monday"), MONDAY, MONDAY - 7 * DAY)


@pytest.fixture
def town(tmp_path: Path, encoder, intents) -> Iterator[Engine]:
    """Nine people on the forum and two in reviews lose orders; six on the pro plan want a theme,
    and three who are not."""
    engine = village.engine(tmp_path, encoder, intents)
    lines = [("forum", DESK.format(t), "free") for t in THINGS]
    lines += [("reviews", DESK.format(t), "free") for t in ("weekly", "yearly")]
    lines += [("forum", DARK.format(t), "pro" if n < 6 else "free") for n, t in enumerate(THINGS)]
    with engine.database.write() as tx:
        for n, (source, text, plan) in enumerate(lines):
            at = village.NIGHT - timedelta(hours=n + 1)
            post = Post(
                source=source, native_id=str(n), text=text, author=f"a{n}", created_at=at,
                attributes={"plan": plan},
            )  # fmt: skip
            posts.save(tx, source, [post], village.NIGHT)
    yield replace(engine, sources=[])
    engine.database.close()


def night(engine: Engine, as_of: datetime = village.NIGHT) -> dict[str, Digest]:
    """Run a night; return its digests by audience."""
    nightly.run(engine, as_of=as_of, community="Quay", ingesting=False)
    with engine.database.read() as tx:
        run_id = nightly.runs.run_id(as_of)
        return {
            audience: Digest.model_validate(digests.get(tx, digest_id))
            for digest_id, audience in digests.of_run(tx, run_id).items()
        }


def told(digest: Digest) -> dict[str, Item]:
    """Return the items of a digest by what they are about."""
    sections = ("decisions", "problems", "requests", "slow_burners", "praise", "questions")
    return {
        ("desk" if "desk" in item.title else "dark"): item
        for name in sections
        for item in getattr(digest, name)
    }


def test_without_audiences_there_is_one_digest_for_all_channels(town: Engine) -> None:
    mail = Round()
    every = night(replace(town, channels=[Channel("mail", mail)]))
    assert list(every) == [""]
    assert set(told(every[""])) == {"desk", "dark"}
    assert len(mail.got) == 3


AUDIENCES = {
    "forum": options(sources=["forum"]),
    "reviews": options(sources=["reviews"]),
    "pro": options(segments={"plan": ["pro"]}),
    "wishes": options(kinds=["request"], channels=["chat"]),
    "strict": options(min_people=10),
}
EXPECTED = {
    "": {"desk", "dark"},
    "forum": {"desk", "dark"},
    "reviews": set(),
    "pro": {"dark"},
    "wishes": {"dark"},
    "strict": {"desk"},
}


def test_an_audience_is_told_what_enough_of_its_people_say(town: Engine) -> None:
    """Two reviewers are below its floor of five; its quotes are of its own people."""
    channels = [Channel("mail", Round()), Channel("chat", Round()), Channel("files", Round())]
    every = night(replace(town, channels=channels, audiences=AUDIENCES))
    assert {name: set(told(digest)) for name, digest in every.items()} == EXPECTED
    for name in ("forum", "pro"):
        quotes = [quote for item in told(every[name]).values() for quote in item.quotes]
        assert quotes
        assert {quote.source for quote in quotes} == {"forum"}
    assert every["pro"].id == "D-20260331-020000-pro"
    assert "This digest tells only of plan: pro." in " ".join(every["pro"].not_seen)


def test_an_audience_of_a_segment_hears_those_of_whom_the_accounts_file_says_so(
    town: Engine,
) -> None:
    """Five of those who lose orders are said to be pro, whatever their posts say; none weighs."""
    with town.database.write() as tx:
        segments.save(tx, {f"a{n}": {"plan": "pro"} for n in range(5)}, village.NIGHT)
    channels = [Channel("mail", Round())]
    every = night(replace(town, channels=channels, audiences={"pro": AUDIENCES["pro"]}))
    assert set(told(every["pro"])) == {"desk", "dark"}


def test_digests_of_a_run_say_the_same_number_of_the_same_thing(town: Engine) -> None:
    """Subtracting one from another leaves nothing: every count that two of them give is equal."""
    channels = [Channel("mail", Round()), Channel("chat", Round())]
    every = night(replace(town, channels=channels, audiences=AUDIENCES))
    whole = told(every[""])
    for name, digest in every.items():
        assert (digest.people, digest.posts) == (every[""].people, every[""].posts)
        for key, item in told(digest).items():
            same = ("people", "people_before", "posts", "weeks", "score", "parts")
            assert [getattr(item, f) for f in same] == [getattr(whole[key], f) for f in same], name
            for split in ("by_source", "by_version"):
                groups = {share.name: share.people for share in getattr(item, split)}
                known = {share.name: share.people for share in getattr(whole[key], split)}
                assert all(known.get(n, people) == people for n, people in groups.items())
                assert all(people >= digest.min_people for people in groups.values())


def test_a_channel_that_an_audience_names_gets_no_whole_digest(town: Engine) -> None:
    mail, chat, files = Round(("",)), Round(("",)), Round(("",))
    channels = [Channel("mail", mail), Channel("chat", chat), Channel("files", files)]
    night(replace(town, channels=channels, audiences=AUDIENCES))
    names = {
        name: sorted(letter.split(b" ")[0].decode() for _, letter in each.got)
        for name, each in (("mail", mail), ("chat", chat), ("files", files))
    }
    assert names["files"] == ["D-20260331-020000/files"]
    assert names["chat"] == ["D-20260331-020000-wishes/chat"]
    assert names["mail"] == [
        f"D-20260331-020000-{name}/mail" for name in ("forum", "pro", "reviews", "strict")
    ]


def test_an_audience_is_held_against_its_own_last_digest(town: Engine) -> None:
    """NIGHT is a Tuesday: the week between is not told twice, and what left is told."""
    audiences = {"weekly": options(every="tuesday", min_people=5)}
    town = replace(town, channels=[Channel("mail", Round())], audiences=audiences)
    assert set(night(town)) == {"", "weekly"}
    assert set(night(town, village.NIGHT + DAY)) == {""}
    later = night(town, village.NIGHT + 7 * DAY)
    assert later["weekly"].compared_with.start == village.NIGHT - 7 * DAY
    assert {change.kind for change in later["weekly"].changes} == {"left"}


def test_a_run_that_publishes_nothing_takes_no_audience_its_day(town: Engine) -> None:
    """Somebody looks at a night first; the night that publishes still has what is due."""
    mail = Round(("",))
    audiences = {"weekly": options(every="tuesday", min_people=5)}
    town = replace(town, channels=[Channel("mail", mail)], audiences=audiences)
    early = village.NIGHT - timedelta(hours=1)
    nightly.run(town, as_of=early, community="Quay", publishing=False, ingesting=False)
    assert mail.got == []
    night(town)
    assert [letter[:24] for _, letter in mail.got] == [b"D-20260331-020000-weekly"]


def wish(engine: Engine, names: range, at: datetime) -> None:
    """Let so many more people wish for a theme."""
    with engine.database.write() as tx:
        for n in names:
            text = DARK.format(MORE[n - 40])
            post = Post(source="forum", native_id=str(n), text=text, author=f"a{n}", created_at=at)
            posts.save(tx, "forum", [post], datetime.now(UTC))


def test_each_audience_is_told_what_moved_since_its_own_last_digest(town: Engine) -> None:
    """Of a week's eleven new people the daily digest has told six before; one post came late."""
    weekly = {"weekly": options(every="tuesday", kinds=["request"], channels=["chat"])}
    channels = [Channel("mail", Round()), Channel("chat", Round())]
    town = replace(town, channels=channels, audiences=weekly)
    night(town)
    wish(town, range(40, 46), village.NIGHT + DAY / 2)
    night(town, village.NIGHT + DAY)
    wish(town, range(46, 51), village.NIGHT + 2 * DAY)
    wish(town, range(51, 52), village.NIGHT + DAY / 2)
    every = night(town, village.NIGHT + 6 * DAY + DAY * 23 / 24)  # a Tuesday, before 2 o'clock
    found = {}
    for name, digest in every.items():
        moved = told(digest)["dark"].moved
        assert moved is not None
        causes = {cause.kind: cause.people for cause in moved.causes}
        assert moved.people_before + sum(causes.values()) == told(digest)["dark"].people
        found[name] = moved.since, moved.people_before, causes["new posts"]
    assert found == {
        "": ("D-20260401-020000", 15, 5),
        "weekly": ("D-20260331-020000-weekly", 9, 12),
    }
    late = {c.people for c in told(every[""])["dark"].moved.causes if c.kind == "late data"}
    assert late == {1}


def test_what_is_unknown_is_told_in_the_next_digest_of_the_same_audience(town: Engine) -> None:
    """By the channel and a number: an address has no place in a digest."""
    audiences = {"wishes": AUDIENCES["wishes"]}
    chat = Round(readers=("ann@example.org", "ben@example.org"))
    town = replace(town, channels=[Channel("chat", chat)], audiences=audiences)
    night(town)
    with town.database.write() as tx:
        (place,) = [
            row["place"]
            for row in deliveries.of_digests(tx, ["D-20260331-020000-wishes"])
            if row["address"] == "ann@example.org"
        ]
        deliveries.end(tx, place, deliveries.UNKNOWN, "no answer", village.NIGHT)
    every = night(town, village.NIGHT + DAY)
    (line,) = [line for line in every["wishes"].not_seen if "not known" in line]
    assert "1 of the 2 addresses of chat got D-20260331-020000-wishes" in line
    assert "insights digest send D-20260331-020000-wishes --to chat --again" in line
    assert not [line for line in every[""].not_seen if "not known" in line]
    assert "example.org" not in every["wishes"].model_dump_json()


@pytest.mark.parametrize(
    ("audience", "message"),
    [
        pytest.param('channels = ["mial"]', "did you mean 'mail'", id="an unknown channel"),
        pytest.param("channels = []", "at least 1", id="no channel"),
        pytest.param('channels = ["mail"]\nevery = "moonday"', "every", id="no weekday"),
        pytest.param('channels = ["mail"]\nevery = []', "every", id="on no day"),
        pytest.param('channels = ["mail"]\nkinds = ["problems"]', "kinds", id="no kind"),
        pytest.param('channels = ["mail"]\nmin_people = 2', "below digest.min_people", id="floor"),
        pytest.param('channels = ["mail"]\narea = ["Sync"]', "did you mean", id="mistyped"),
    ],
)
def test_an_audience_that_cannot_be_is_refused(tmp_path: Path, audience: str, message: str) -> None:
    config = tmp_path / "insights.toml"
    config.write_text(f'[publishers.mail]\npublisher = "console"\n[audiences.mobile]\n{audience}\n')
    with pytest.raises(SettingsError, match=message):
        Workspace.open(str(config)).engine()


def test_a_digest_that_looks_back_on_less_than_its_pause_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "insights.toml"
    config.write_text(
        '[digest]\nperiod_days = 1\n[publishers.mail]\npublisher = "console"\n'
        '[audiences.mobile]\nchannels = ["mail"]\nevery = "monday"\n'
    )
    with pytest.raises(SettingsError, match="leaves 7 days between digests that look back on 1"):
        Workspace.open(str(config)).engine()


def test_a_name_that_cannot_end_an_id_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "insights.toml"
    config.write_text('[audiences."../up"]\nchannels = ["files"]\n')
    with pytest.raises(SettingsError, match="small letters, digits and dashes"):
        Workspace.open(str(config)).engine()
