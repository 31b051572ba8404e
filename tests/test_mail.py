"""What is understood of a mail, however it is written."""

import time
from datetime import UTC, datetime
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.errors import BadItem
from insights.mail import MAX_TEXT, read_date, read_mail

AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
DATE = "Date: Mon, 05 Jan 2026 08:00:00 +0000\n"


def mail(headers: str = "", body: str | bytes = "The export stops.", **options):
    head = f"{DATE}{headers}".strip("\n") + "\n\n"
    words = body.encode() if isinstance(body, str) else body
    return read_mail(head.encode("utf-8", "surrogateescape") + words, **options)


def typed(kind: str, body: bytes, encoding: str = "8bit"):
    return mail(f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n", body).text


def test_a_plain_mail_becomes_what_a_post_needs():
    """Its id, thread, list, tags, words and the account that wrote it."""
    found = mail(
        "Message-ID: <b@x.example>\nIn-Reply-To: <a@x.example>\nFrom: Ann B <Ann@Example.org>\n"
        "References: <root@x.example>\n <a@x.example>\nSubject: [app] [bug] Export stops\n"
        "List-Id: App talk <app.lists.example.org>\nArchived-At: <https://lists.example/b>\n"
    )
    assert (found.native_id, found.thread_id) == ("b@x.example", "root@x.example")
    assert (found.parent_id, found.author) == ("a@x.example", "ann@example.org")
    assert (found.title, found.tags) == ("Export stops", ("app", "bug"))
    assert (found.space, found.url) == ("app.lists.example.org", "https://lists.example/b")
    assert (found.text, found.created_at, found.markup) == ("The export stops.", AT, "plain")


def test_a_reply_has_no_title_of_its_own_unless_it_changes_the_subject():
    """A subject that is only carried along is not said again."""
    answered = "In-Reply-To: <a@x.example>\n"
    assert mail(answered + "Subject: Re: [app] AW: Export\n").title == ""
    assert mail(answered + "Subject: Import, too (was: Export)\n").title.startswith("Import")
    assert mail("Subject: Re: Export\n").title == "Export"


def test_a_mail_without_an_id_is_known_by_what_it_says():
    """Line ends and headers on the way do not matter, words do; an empty id is none."""
    one = mail("Subject: s\n", "a\nb\n")
    other = mail("Subject: s\nMessage-ID: <>\nReceived: by x; Mon, 05 Jan 2026 08:00:02 +0000\n",
                 "a\r\nb")  # fmt: skip
    assert one.native_id == other.native_id != mail("Subject: s\n", "a\nc").native_id
    assert one.thread_id == one.native_id


def test_an_endless_id_is_shortened_the_same_way_wherever_it_stands():
    """An id that no database takes still holds a thread together."""
    long = "x" * 900 + "@y.example"
    assert mail(f"Message-ID: <{long}>\n").native_id == mail(f"In-Reply-To: <{long}>\n").parent_id


DATES = {
    "offset": "Mon, 05 Jan 2026 09:00:00 +0100",
    "no weekday": "5 Jan 2026 08:00:00 GMT",
    "no zone": "Mon, 05 Jan 2026 08:00:00",
    "comment": "Mon, 05 Jan 2026 03:00:00 -0500 (EST (winter))",
    "two digits": "Mon, 05 Jan 26 08:00:00 GMT",
    "asctime": "Mon Jan  5 08:00:00 2026",
    "iso": "2026-01-05T08:00:00Z",
    "dashes": "05-Jan-2026 08:00:00 GMT",
}


@pytest.mark.parametrize("value", DATES.values(), ids=DATES)
def test_dates_are_read_as_they_are_written(value):
    """Many programs write a date in their own way."""
    assert read_date(value) == AT


@pytest.mark.parametrize(
    "value", ["", "yesterday", "Mon, 99 Jan 2026 08:00:00", "Thu, 01 Jan 1970 00:00:00 +0000",
              "Mon, 05 Jan 2026 08:00:00 +9999999", "5 Jan 99999 08:00:00 GMT"],
)  # fmt: skip
def test_what_is_no_date_of_a_mail_is_none(value):
    """A clock that was never set is no date either."""
    assert read_date(value) is None


def test_a_date_that_is_missing_or_in_the_future_gives_way():
    """Received stands in, then what the mailbox says; without either the mail is bad."""
    hop = "Received: from a (b; c) by d; Mon, 05 Jan 2026 08:00:00 +0000"
    assert read_mail(f"{hop}\n\nwords".encode()).created_at == AT
    assert read_mail(f"Date: 7 Jan 2038 08:00 GMT\n{hop}\n\nw".encode()).created_at == AT
    assert read_mail(b"Date: soon\n\nwords", received_at=AT).created_at == AT
    with pytest.raises(BadItem, match="no date"):
        read_mail(b"Date: soon\n\nwords")


CHARSETS = {
    "named": ("text/plain; charset=iso-8859-15", "12 €".encode("iso-8859-15"), "12 €"),
    "windows as latin-1": ("text/plain; charset=iso-8859-1", b"\x93so\x94", "“so”"),
    "unknown": ("text/plain; charset=x-nobody-knows", "für".encode(), "für"),
    "wrong": ("text/plain; charset=utf-8", "für".encode("latin-1"), "für"),
    "ascii that is not": ("text/plain; charset=us-ascii", "für".encode(), "für"),
    "gb2312 that is more": ("text/plain; charset=gb2312", "镕".encode("gb18030"), "镕"),
    "no text": ("text/plain; charset=base64", b"words", "words"),
    "slow": ("text/plain; charset=punycode", b"words", "words"),
    "surrogates": ("text/plain; charset=utf-7", b"+2AA-x", "\ufffdx"),
    "nul": ("text/plain; charset=utf-8", b"a\0b", "a\ufffdb"),
}


@pytest.mark.parametrize(("kind", "body", "text"), CHARSETS.values(), ids=CHARSETS)
def test_whatever_the_charset_the_words_come_and_can_be_stored(kind, body, text):
    """Nothing that a mail says of its bytes may lose it."""
    assert typed(kind, body) == text


def test_transfer_encodings_are_undone_though_broken():
    """Base64 that was cut off gives what is there."""
    assert typed("text/plain; charset=utf-8", b"ZsO8cg==", "base64") == "für"
    assert typed("text/plain; charset=utf-8", b"d29yZHMgYW", "base64").startswith(("words", "d29y"))
    assert typed("text/plain; charset=utf-8", b"f=C3=BCr =ZZ", "quoted-printable") == "für =ZZ"


def test_headers_are_decoded():
    """Encoded words, split within a letter, raw bytes, and what is encoded badly."""
    split = "=?utf-8?B?ZsM=?= =?utf-8?B?vHI=?="
    assert mail(f"Subject: {split}\n").title == "für"
    assert mail("Subject: raw f\udcc3\udcbcr\n").title == "raw für"
    assert mail("Subject: =?utf-8?B?Zg?= and =?x?Q?=41?=\n").title
    assert mail("Subject: two\n lines\n").title == "two lines"


AUTHORS = {
    "name": ("Ann <ann@example.org>", "ann@example.org"),
    "comma in encoded name": ("=?utf-8?Q?B=2C_Ann?= <ann@example.org>", "ann@example.org"),
    "pipermail": ("ann at example.org (Ann B)", "ann@example.org"),
    "hyperkitty": ("Ann <ann (a) example.org>", "ann@example.org"),
    "name alone": ("Ann", "ann"),
    "none": ("", None),
}


@pytest.mark.parametrize(("value", "author"), AUTHORS.values(), ids=AUTHORS)
def test_an_author_is_an_account(value, author):
    """The same person has the same account, masked or not."""
    assert mail(f"From: {value}\n").author == author


def test_a_list_that_writes_in_its_own_name_does_not_become_one_loud_person():
    """The person stands behind Reply-To."""
    found = mail("From: Ann via App <app@lists.example>\nReply-To: Ann <ann@example.org>\n")
    assert found.author == "ann@example.org"


def parts(*inner, kind="alternative"):
    whole = MIMEMultipart(kind)
    whole["Date"] = DATE[6:].strip()
    for part in inner:
        whole.attach(part)
    return read_mail(whole.as_bytes())


def test_plain_words_go_before_html():
    """Where both are there; and HTML is read where it is alone."""
    plain, page = MIMEText("plain"), MIMEText("<p>page</p>", "html")
    assert (parts(plain, page).text, parts(plain, page).markup) == ("plain", "plain")
    assert (parts(MIMEText(" \n"), page).text, parts(page).markup) == ("<p>page</p>", "html")


def test_what_is_attached_is_not_said():
    """A log file and a forwarded mail are nobody's words here; a footer of the list is a part."""
    log = MIMEText("log log log")
    log["Content-Disposition"] = "attachment; filename=a.log"
    found = parts(MIMEText("words"), log, MIMEText("footer"), kind="mixed")
    assert found.text == "words\nfooter"


def test_a_mail_without_words_is_bad_and_one_with_a_subject_is_not():
    """A subject alone is something said."""
    with pytest.raises(BadItem, match="no words"):
        mail(body=" ")
    assert mail("Subject: Export stops\n", " ").text == "Export stops"


def test_who_asks_not_to_be_archived_is_not():
    """X-No-Archive is a wish that is kept."""
    with pytest.raises(BadItem, match="archived"):
        mail("X-No-Archive: Yes\n")


HOSTILE = {
    "deep": lambda n: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(n // 40)
    ),
    "encoded words": lambda n: b"Subject: " + b"=?utf-8?q?" * (n // 10) + b"\n\nw",
    "addresses": lambda n: b"From: " + b'"(<' * (n // 3) + b"\n\nw",
    "references": lambda n: b"References: " + b"<" * n + b"\n\nw",
    "headers": lambda n: b"X: y\n" * (n // 5) + b"\nw",
    "received": lambda n: b"Received: " + b"(" * n + b"\n\nw",
    "parts": lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (n // 8),
    "content type": lambda n: b"Content-Type: text/plain; " + b"a*0*=b;" * (n // 7) + b"\n\nw",
    "quotes": lambda n: b"Content-Type: text/plain; a=" + b'\\"' * (n // 2) + b"\n\nw",
    "one line": lambda n: b"\n" + b"x" * n,
}


@pytest.mark.parametrize("build", HOSTILE.values(), ids=HOSTILE)
def test_no_mail_takes_long_or_breaks_out(build):
    """Each costs at most itself, and is refused in words or read."""
    raw = DATE.encode() + build(200_000)
    started = time.process_time()
    try:
        assert len(read_mail(raw).text) <= MAX_TEXT
    except BadItem as bad:
        assert str(bad)
    assert time.process_time() - started < 2


NAMES = st.sampled_from(
    ["From", "Subject", "Message-ID", "References", "In-Reply-To", "Date", "Content-Type",
     "Content-Transfer-Encoding", "Reply-To", "List-Id", "Archived-At", "Received", "MIME-Version"]
)  # fmt: skip
VALUES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"multipart/mixed; boundary=b", b"text/html; charset=utf-7", b"message/rfc822", b"base64",
         b"text/plain; charset*0*=x''%FF", b"=?utf-8?B?//8=?=", b"<a@b> <c@d>", b"uuencode",
         b"5 Jan 2026 08:00 GMT", b"\"A\" <a@b>, c", b"message/partial", b"quoted-printable"]
    ),
)  # fmt: skip


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), st.binary(max_size=200))
def test_whatever_bytes_come_it_is_a_mail_that_can_be_stored_or_a_bad_item(headers, body):
    """No mail raises anything else, and no field holds what a database refuses."""
    head = b"".join(name.encode() + b": " + value + b"\n" for name, value in headers)
    try:
        found = read_mail(head + b"\n" + body, received_at=AT)
    except BadItem:
        return
    texts = [found.text, found.title, found.native_id, found.thread_id, *found.tags]
    texts += [found.author or "x", found.space or "x", found.parent_id or "x", found.url or "x"]
    assert found.text.strip() and found.native_id and found.thread_id
    for text in texts:
        assert "\0" not in text and text.encode("utf-8").decode() == text
