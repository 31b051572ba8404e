"""The console shows the short text, on whatever stream it is."""

from __future__ import annotations

import io

import pytest

from insights import plugins
from insights.errors import PublishError
from insights.publishers.console import Console, ConsoleOptions

TEXT = "43 people ▂▃█\n".encode()
ONCE = {"to": "", "key": "d1/here"}


def test_it_writes_the_text_to_standard_output_of_the_moment(capsys):
    """Built before the output was redirected, it still finds it."""
    console = plugins.publisher("console")("here", ConsoleOptions())
    assert console.deliver(TEXT, **ONCE) == "console"
    assert capsys.readouterr().out == "43 people ▂▃█\n"


def test_a_console_without_the_characters_shows_something_else():
    """An ASCII console is no reason to fail."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Console("here", ConsoleOptions(), stream=stream).deliver(TEXT, **ONCE)
    assert raw.getvalue() == b"43 people ???\n"


def test_a_closed_console_says_what_to_do():
    """A sentence, never a traceback."""
    stream = io.StringIO()
    stream.close()
    with pytest.raises(PublishError, match="insights digest show"):
        Console("here", ConsoleOptions(), stream=stream).deliver(TEXT, **ONCE)


def test_a_missing_text_is_named():
    """The formats there are come with the complaint."""
    with pytest.raises(PublishError, match="no format is called 'txt'"):
        Console("here", ConsoleOptions()).write("d1", {"html": b""}, **ONCE)
