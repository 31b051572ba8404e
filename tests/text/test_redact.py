"""Personal data goes, and versions, dates and code stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.text.redact import redact, spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail jo.doe+x@mail.example.org.", "mail <EMAIL>."),
        ("jo (at) example (dot) org", "<EMAIL>"),
        ("call me at 0171 234 5678", "call me at <PHONE>"),
        ("+44 20 7946 0958 is the number", "<PHONE> is the number"),
        ("(212) 555-0187 or 212.555.0187 x12", "<PHONE> or <PHONE>"),
        ("Tel: 02.27.96.63.08", "Tel: <PHONE>"),
        ("card 4111 1111 1111 1111 declined", "card <CARD> declined"),
        ("IBAN DE89 3704 0044 0532 0130 00, thanks", "IBAN <IBAN>, thanks"),
        ("from 203.0.113.77 again", "from <IP> again"),
        ("ping 2001:db8::ff00:42:8329 fails", "ping <IP> fails"),
        ("the router 00:1A:2b:3c:4D:5e", "the router <MAC>"),
        ("my ssn is 078-05-1120", "my ssn is <SSN>"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "<SECRET>"),
        ("Authorization: Bearer abc.def-123456789", "Authorization: Bearer <SECRET>"),
        ('api_key = "a1b2c3d4e5f6"', 'api_key = "<SECRET>"'),
        ("my password is hunter22", "my password is <SECRET>"),
        ("https://jo:pw12@x.example/a", "https://<URL_CREDENTIALS>@x.example/a"),
        ("https://x.example/?token=abc123def", "https://x.example/?token=<URL_CREDENTIALS>"),
        ("at 52.52001, 13.40495 now", "at <COORDINATES> now"),
        ("thanks @jo_doe!", "thanks <HANDLE>!"),
        ("toot @jo@social.example", "toot <HANDLE>"),
        ("my website is https://jo-doe.example/", "my website is <URL>"),
        ("see https://social.example/@jodoe", "see <URL>"),
    ],
)
def test_personal_data_is_replaced(text, expected):
    """A placeholder says what was there, and the sentence stays."""
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "version 4.2.0.1 and 10.0.19041.1 and 4.2020.12203",
        "since 2021-05-03, or 03.05.2021, or 2014-2019",
        "error 0x80070057, code 12345678, HTTP 500",
        "order 123-4567-890 and ticket #20230511",
        "costs $1,234.56 or 1.234,56 EUR",
        "100000000000 stars, 10/10",
        "127.0.0.1 and 255.255.255.0",
        "@media print { } and @Override\npublic void run()",
        "`@decorator` and @app.route('/')",
        "npm install @scope/package",
        "git@host.example:team/repo.git",
        "icon@2x.png",
        "std::vector<int> and 12:30:45",
        "see https://docs.example/guide/install",
        "[0.1234, 0.5678, 12.3456]",
        "token: unexpected end of input",
        "the password: it is too short",
        "<EMAIL> and <PHONE>",
        "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    ],
)
def test_what_is_not_personal_stays(text):
    """Versions, dates, amounts, codes and code are left alone."""
    assert redact(text) == text


SPOTS = st.sampled_from(
    ["jo@x.example", "+4915123456789", "4111111111111111", "203.0.113.77", "@jo", "<EMAIL>",
     "tel ", "0171 2345678", "078-05-1120", " ", "-", ".", "(", ")", "7", "https://", ":", "a",
     "\n", "key=",
     "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x", "GB82WEST12345698765432", "Bearer ", "@"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(SPOTS | st.text(max_size=5), max_size=14).map("".join))
def test_nothing_is_left_after_one_pass(text):
    """Redacted text is stable, and spans are sorted, apart and inside the text."""
    found = spans(text)
    ends = [0, *(edge for span in found for edge in (span.start, span.end))]
    assert ends == sorted(ends)
    assert not ends or ends[-1] <= len(text)
    assert all(span.start < span.end for span in found)
    clean = redact(text)
    assert spans(clean) == []
    assert redact(clean) == clean


@pytest.mark.parametrize("text", ["1 " * 100_000, "@" * 200_000, "a@" * 100_000, "1-" * 100_000,
                                  "a." * 100_000 + "@", "eyJ" * 60_000, ":" * 200_000])  # fmt: skip
def test_time_is_bounded(text):
    """No text makes the search slow."""
    import time

    begun = time.process_time()
    spans(text)
    assert time.process_time() - begun < 4
