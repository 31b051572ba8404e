"""Posts in a pipe are answered when they come, not when the pipe ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest

from insights.cli.lessons import as_they_come
from insights.errors import UsageError
from tests.cli.conftest import Insights


def test_what_has_come_is_not_kept_waiting() -> None:
    """The first batch is there while the second is still unwritten."""
    answered = threading.Event()

    def slowly() -> Iterator[dict[str, Any]]:
        yield {"id": 1}
        assert answered.wait(10)
        yield {"id": 2}

    batches = as_they_come(slowly(), 8)
    assert next(batches) == [{"id": 1}]
    answered.set()
    assert list(batches) == [[{"id": 2}]]


def test_no_batch_is_larger_than_asked_and_order_is_kept() -> None:
    """Nothing is lost and nothing is held beyond one batch."""
    batches = list(as_they_come(({"id": n} for n in range(100)), 8))
    assert [row["id"] for batch in batches for row in batch] == list(range(100))
    assert max(map(len, batches)) <= 8


def test_what_came_before_an_error_is_answered() -> None:
    """The error itself comes after."""

    def broken() -> Iterator[dict[str, Any]]:
        yield {"id": 1}
        raise UsageError("-:2 is not JSON in UTF-8")

    said = []
    with pytest.raises(UsageError, match="-:2"):
        said.extend(as_they_come(broken(), 8))
    batches = as_they_come(broken(), 8)
    assert next(batches) == [{"id": 1}]


def test_an_empty_pipe_gives_nothing() -> None:
    """Neither batch nor error."""
    assert list(as_they_come(iter(()), 8)) == []


def test_a_dash_is_standard_input(insights: Insights, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of a pipe is no option."""
    line = b'{"id": 1, "text": "mail me at ann@example.org"}\n'
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(line)))
    assert insights("redact", "-").rows == [{"id": 1, "text": "mail me at <EMAIL>"}]
