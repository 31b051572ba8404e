"""How mails are told apart in a mailbox."""

import io
from datetime import UTC, datetime

import pytest

from insights.mail import MAX_BYTES
from insights.mbox import LINE, letters

ONE = b"Subject: one\n\nfirst words\n\n"
TWO = b"Subject: two\n\nsecond words\n"


def split(raw: bytes) -> list[bytes]:
    return [letter.raw for letter in letters(io.BytesIO(raw))]


SEPARATORS = {
    "usual": b"From ann@example.org Mon Jan  5 08:00:00 2026\n",
    "masked": b"From ann at example.org  Mon Jan  5 08:00:00 2026\n",
    "latin-1": b"From J\xfcrgen Mon Jan  5 08:00:00 2026\n",
    "no date": b"From nobody\n",
    "nothing": b"From \n",
    "eudora": b"From ???@??? Mon Jan  5 08:00:00 2026\n",
    "dash": b"From - Mon Jan 05 08:00:00 2026\n",
    "crlf": b"From x@y Mon Jan  5 08:00:00 2026\r\n",
}


@pytest.mark.parametrize("line", SEPARATORS.values(), ids=SEPARATORS)
def test_a_separator_may_look_like_anything(line):
    """What follows it is a header, and that tells."""
    assert split(line + ONE + line + TWO) == [ONE, TWO]


def test_a_sentence_is_no_separator():
    """`From` may begin a paragraph."""
    body = b"Subject: one\n\nwords\n\nFrom now on it fails\nagain\n\nFrom here:\nNote: it fails\n"
    assert split(SEPARATORS["usual"] + body) == [body]


def test_a_missing_blank_line_or_first_separator_loses_nothing():
    """Where archives were glued together."""
    glued = b"Subject: one\n\nwords\n"
    assert split(glued + SEPARATORS["usual"] + TWO) == [glued, TWO]


def test_quoted_lines_are_as_they_were_written():
    """One sign is taken away, as one was put before it."""
    (raw,) = split(SEPARATORS["usual"] + b"Subject: s\n\n>From me\n>>From you\n> From\n")
    assert raw.endswith(b"\nFrom me\n>From you\n> From\n")


def test_a_separator_says_when_the_mail_came():
    """A last resort for mails without a date; the time of a mere form is none."""
    (one, two) = letters(
        io.BytesIO(SEPARATORS["masked"] + ONE + b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + TWO)
    )
    assert one.received_at == datetime(2026, 1, 5, 8, tzinfo=UTC) and two.received_at is None


def test_reading_goes_on_behind_any_mail():
    """The end of each is where the next begins."""
    raw = b"".join(SEPARATORS["usual"] + ONE for _ in range(5))
    for done, letter in enumerate(letters(io.BytesIO(raw)), start=1):
        rest = letters(io.BytesIO(raw[letter.end :]), start=letter.end)
        assert len(list(rest)) == 5 - done


def test_a_mail_of_any_size_takes_bounded_memory():
    """The beginning is kept, the next mail comes, and no line is held whole."""

    def lines():
        yield b"From x\n"
        yield b"Subject: s\n\n"
        for _ in range(400):
            yield b"x" * LINE
        yield b"\n\n"
        yield b"From x\n"
        yield b"Subject: t\n"

    long, short = letters(lines())
    assert len(long.raw) < 2 * MAX_BYTES and short.raw == b"Subject: t\n"


def test_an_empty_mailbox_has_no_mails():
    """Nor has one of blank lines."""
    assert split(b"") == split(b"\n\n\n") == []
