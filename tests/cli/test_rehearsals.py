"""What a rehearsal says at the terminal, as tables, as JSON and as a plot."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Insights

STRETCH = ("--since", "2026-03-28T02:00", "--until", "2026-03-31T02:00")


def test_the_report_is_a_table_or_json(lived: Insights, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("date,title,pattern\n2026-03-30,Spinning,compass\n")
    table = lived("replay", "--report", *STRETCH, "--events", "events.csv")
    assert table.code == 0
    assert "4 nights, 2026-03-28 to 2026-03-31" in table.out
    assert "judged by people: 0 of " in table.out
    assert "known events: " in table.out
    (found,) = lived("replay", "--report", *STRETCH, "--format", "json").rows
    assert found["nights"] == 4
    assert set(found["false_alarms"]["total"]) == {"alarms", "a_year", "low", "high"}
    assert found["events"] == []


def test_tuning_prints_lines_that_are_settings_and_changes_none(
    lived: Insights, tmp_path: Path
) -> None:
    config = tmp_path / "insights.toml"
    before = config.read_text()
    said = lived("tune", "--alarms-per-month", "50", *STRETCH, "--plot", "curve.svg")
    assert said.code == 0
    assert config.read_text() == before
    _, lines = said.out.split("[signals]")
    config.write_text(f"{before}[signals]{lines}")
    assert lived("doctor").code == 0
    (found,) = lived("tune", *STRETCH, "--format", "json").rows
    assert found["now"]["chance"] == found["choices"][-1]["chance"]  # what was pasted
    plot = ElementTree.parse(tmp_path / "curve.svg").getroot()
    assert plot.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(plot.findall("{*}polyline")) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("replay",), "name the first and the last night"),
        (("replay", "--events", "e.csv", *STRETCH), "are for insights replay --report"),
        (("replay", "--report", "--events", "no.csv"), "no.csv cannot be read"),
        (("tune", "--alarms-per-month", "0"), "must be more than 0"),
        (("tune", "--alarms-per-month", "nan"), "must be more than 0"),
        (("replay", "--report", "--since", "2027-01-01"), "there is no night"),
    ],
    ids=["no nights", "no report", "no file", "none wanted", "not a number", "later"],
)
def test_what_cannot_work_says_why(lived: Insights, arguments, message: str) -> None:
    said = lived(*arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_an_empty_archive_says_what_to_do(insights: Insights) -> None:
    said = insights("replay", "--report")
    assert said.code == 2
    assert "insights import" in said.err
