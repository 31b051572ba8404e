"""A rehearsal says what nights would have told, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson

from insights.errors import UsageError
from insights.pipeline import analyze, rehearse, report
from insights.pipeline.engine import Engine
from insights.pipeline.known import read_events, read_releases
from insights.pipeline.report import Rate
from insights.pipeline.tune import tune
from insights.protocols import Encoder
from insights.signals.intent import IntentModel
from tests.pipeline import village

SINCE = village.NIGHT - timedelta(days=6)


@pytest.fixture(scope="module")
def lived(two_nights: Path, encoder: Encoder, intents: IntentModel) -> Iterator[Engine]:
    """The village after its last two nights."""
    engine = village.engine(two_nights, encoder, intents)
    yield engine
    engine.database.close()


def file(folder: Path, text: str) -> str:
    path = folder / "known.csv"
    path.write_text(text)
    return str(path)


def test_a_rehearsal_raises_what_the_nights_raised_and_writes_nothing(lived: Engine) -> None:
    before = village.exports(lived.database)
    state, options = analyze.load(lived), lived.options.signals
    nights = rehearse.nights_of(state.corpus, options, SINCE, village.NIGHT)
    found = rehearse.tell(
        state.corpus, rehearse.look(state.corpus, state.topics, nights, options), options
    )
    raised = [(s["kind"], s["raised_at"], tuple(s["post_ids"])) for s in before["signals"]]
    ours = [(a.signal.kind, a.as_of) for a in found]
    assert ours == [(kind, at) for kind, at, _ in raised]
    assert set(found[0].signal.post_ids) <= set(raised[0][2])
    assert village.differences(village.exports(lived.database), before) == []


def test_a_night_of_a_rehearsal_knows_only_its_past(lived: Engine) -> None:
    """What was written later changes nothing of it."""
    state, options = analyze.load(lived), lived.options.signals
    nights = rehearse.nights_of(state.corpus, options, SINCE, village.EVENING_BEFORE)
    whole = rehearse.look(state.corpus, state.topics, nights, options)
    cut = rehearse.look(state.corpus.until(village.EVENING_BEFORE), state.topics, nights, options)
    assert [[f.rows.tolist() for f in night.findings] for night in whole] == [
        [f.rows.tolist() for f in night.findings] for night in cut
    ]
    assert any(night.findings for night in whole)


def test_dealing_out_texts_keeps_volumes_people_and_texts(lived: Engine) -> None:
    corpus = analyze.load(lived).corpus
    dealt = rehearse.permuted(corpus, 1)
    for name in ("days", "people", "sources", "post_ids", "counted"):
        assert np.array_equal(getattr(dealt, name), getattr(corpus, name)), name
    assert sorted(dealt.texts) == sorted(corpus.texts)
    assert not np.array_equal(dealt.texts, corpus.texts)
    said = dict(zip(corpus.texts, corpus.vectors, strict=True))
    assert all(np.array_equal(said[t], v) for t, v in zip(dealt.texts, dealt.vectors, strict=True))
    for source in village.SOURCES:
        mine = corpus.sources == source
        assert sorted(dealt.texts[mine]) == sorted(corpus.texts[mine])
    assert np.array_equal(rehearse.permuted(corpus, 1).texts, dealt.texts)
    assert not np.array_equal(rehearse.permuted(corpus, 2).texts, dealt.texts)


def test_the_report_names_the_event_and_what_is_false_by_chance(
    lived: Engine, tmp_path: Path
) -> None:
    lines = (
        "date,title,pattern\n"
        f"{village.EVENING_BEFORE:%F},The compass spins,compass (spins|turns)\n"
        f"{village.EVENING_BEFORE:%F},A minority,today\n"
        "2026-03-05,Long before,compass\n"
    )
    found = report.report(
        lived, since=SINCE, until=village.NIGHT, events=read_events(file(tmp_path, lines))
    )
    hit, few, early = found["events"]
    assert (hit["caught"], hit["days"], hit["kind"]) == (True, 0, "emerging")
    assert (hit["matched"], hit["posts"]) == (6, 7)  # one post of another matter is near
    assert [few["caught"], early["caught"]] == [False, False]
    assert (found["nights"], found["alarms"]["total"]) == (7, 1)
    assert found["false_alarms"]["total"]["alarms"] == 0
    assert found["judged"] == {
        "signals": 1, "judged": 0, "confirmed": 0, "refuted": 0, "not_useful": 0,
    }  # fmt: skip


def test_releases_that_name_a_matter_are_found_with_their_lead(
    lived: Engine, tmp_path: Path
) -> None:
    after = village.NIGHT + timedelta(days=8)
    notes = "The compass spins and freezes no more since the update, until I restart the phone"
    lines = f'date,version,notes\n{after:%F},2.1.1,"{notes}"\n{after:%F},2.2,Nothing of the kind\n'
    found = report.report(
        lived, since=SINCE, until=village.NIGHT, releases=read_releases(file(tmp_path, lines))
    )
    named = found["releases"]
    assert (named["alarms"], named["named"], named["named_before"]) == (1, 1, 0)
    assert 8 < named["days"] < 10


@pytest.mark.parametrize(("wish", "verdict"), [("pin", "confirmed"), ("dismiss", "refuted")])
def test_what_people_did_with_the_topic_judges_the_signal(wish: str, verdict: str) -> None:
    from insights.models import Signal, Topic

    at = village.NIGHT
    topic = Topic(number=1, title="", keywords=(), status="active", born_at=at, run_id="", size=1)
    signal = Signal(
        number=1, kind="emerging", title="", status="raised", raised_at=at, last_at=at,
        run_id="", observed=9, expected=1, p=0, q=0, people=9, why="", post_ids=(), latest=9,
        peak=9, peak_at=at, topic_id="T1",
    )  # fmt: skip
    told = [rehearse.Telling(at, signal)]

    def judged(days: float) -> dict[str, int]:
        entry = {"subject": "T1", "at": at + timedelta(days=days), "body": {"action": wish}}
        return report.judge(told, [topic], [entry])

    assert judged(1)[verdict] == judged(1)["judged"] == 1
    assert judged(-1)["judged"] == 0  # said before the signal, it was not about it


def test_the_interval_of_a_count_is_exact() -> None:
    """At either end a count as extreme has a chance of 2.5 %."""
    for count in (1, 4, 30):
        low, high = Rate(count, 1.0).interval
        assert poisson.sf(count - 1, low) == pytest.approx(0.025)
        assert poisson.cdf(count, high) == pytest.approx(0.025)
    assert Rate(0, 2.0).interval == pytest.approx((0.0, 3.689 / 2), abs=1e-3)


def test_a_stricter_chance_tells_a_part_and_the_loosest_that_fits_is_proposed(
    lived: Engine,
) -> None:
    found = tune(lived, wanted=1000.0, since=SINCE, until=village.NIGHT)
    chances = [choice.chance for choice in found.choices]
    assert chances == sorted(chances)
    assert found.now.chance == lived.options.signals.chance
    assert found.now.trend_chance == lived.options.signals.trend_chance
    assert found.proposed == found.choices[-1]
    at_now = found.now.total * found.nights / report.DAYS_A_MONTH
    assert at_now == pytest.approx(1.0)
    strict = tune(lived, wanted=0.001, since=SINCE, until=village.NIGHT).proposed
    assert strict is not None
    assert (strict.total, strict.chance < found.now.chance) == (0, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r":1 must name the columns: date,title,pattern"),
        ("date,title\n2026-01-01,a\n", r":1 must name the columns"),
        ("date,title,pattern\n2026-01-01,a,b\nlast spring,a,b\n", r":3: 'last spring' is not a"),
        ("date,title,pattern\n2026-01-01,a,(b\n", r":2: the pattern is no regular expression"),
        ("date,title,pattern\n2026-01-01,a,\n", r":2: the pattern is empty"),
        ("date,title,pattern\n2026-01-01,a,.*\n", r":2: .* matches a text that says nothing"),
        ("date,title,pattern\n2026-01-01,a,b,c\n", r":2 has 4 columns where the first line has 3"),
        ('date,title,pattern\n2026-01-01,a,"b\n', r":2 is not CSV"),
        (f"date,title,pattern\n2026-01-01,a,{'x' * 1001}\n", r":2: the pattern is longer"),
        (f"date,title,pattern\n2026-01-01,a,{'(' * 400}x{')' * 400}\n", r":2: the pattern is no"),
    ],
    ids=[
        "empty", "column missing", "date", "pattern", "no pattern", "matches all", "comma",
        "quote", "long", "deep",
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        read_events(file(tmp_path, text))


def test_what_is_no_text_or_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"date,title,pattern\n\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        read_events(str(tmp_path / "binary.csv"))
    with pytest.raises(UsageError, match="cannot be read"):
        read_events(str(tmp_path / "none.csv"))


def test_an_archive_without_nights_is_refused(lived: Engine) -> None:
    corpus = analyze.load(lived).corpus
    options = lived.options.signals
    with pytest.raises(UsageError, match="there is no night"):
        rehearse.nights_of(corpus, options, village.NIGHT, SINCE)
    with pytest.raises(UsageError, match="empty"):
        rehearse.nights_of(corpus.take(slice(0, 0)), options, None, None)
