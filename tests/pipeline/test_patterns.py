"""A pattern that would never end is stopped and named."""

from pathlib import Path

import pytest

from insights.errors import UsageError
from insights.models import Signal
from insights.pipeline import known
from insights.pipeline.rehearse import Telling
from tests.worlds import NIGHT, points, world


def test_a_pattern_that_would_never_end_is_stopped(tmp_path: Path) -> None:
    events = tmp_path / "events.csv"
    events.write_text(f"date,title,pattern\n{NIGHT:%F},endless,(a|aa)+$\n")
    corpus = world(points(1), [1.0], texts=["a" * 5000 + "!"])
    signal = Signal(
        number=1, kind="emerging", title="", status="raised", raised_at=NIGHT, last_at=NIGHT,
        run_id="", observed=9, expected=1, p=0, q=0, people=9, why="", post_ids=("forum:0",),
        latest=9, peak=9, peak_at=NIGHT,
    )  # fmt: skip
    (event,) = known.read_events(str(events))
    with pytest.raises(UsageError, match=r"events.csv:2: the pattern takes too long"):
        known.caught(event, [Telling(NIGHT, signal)], corpus, seconds=0.2)
