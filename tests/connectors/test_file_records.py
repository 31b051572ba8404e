"""What a record of a file must be, and what is said of one that is not."""

import json
import tracemalloc
from datetime import UTC, datetime

import pytest

from connectors.file import File, FileOptions, post_from_record
from insights.errors import BadItem
from insights.http import Http
from insights.models import Post, Tombstone

GOOD = {"id": "1", "text": "The export fails", "created_at": "2026-03-01T12:00:00Z"}


def test_every_field_is_read():
    """All fields of a post, with numbers as ids and text as numbers."""
    record = GOOD | {
        "title": "Export", "author": 42, "url": "https://a.example/1", "space": "Help",
        "thread_id": 7, "parent_id": "6", "rating": "4", "reactions": 3, "tags": ["a", 5],
        "language": "en", "version": "1.2", "attributes": {"os": "ios", "beta": True, "n": None},
        "updated_at": "2026-03-02T12:00:00+02:00", "markup": "html", "else": object(),
    }  # fmt: skip
    assert post_from_record(record, "s") == Post(
        source="s", native_id="1", text="The export fails", title="Export", author="42",
        created_at=datetime(2026, 3, 1, 12, tzinfo=UTC), url="https://a.example/1", space="Help",
        thread_id="7", parent_id="6", rating=4.0, reactions=3, tags=("a", "5"), language="en",
        version="1.2", attributes={"os": "ios", "beta": "True"}, markup="html",
        updated_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T12:00:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01 12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_utc_where_they_name_no_zone(written, read):
    """ISO 8601 in its usual forms, from 1970 to 2199."""
    post = post_from_record(GOOD | {"created_at": written}, "s")
    assert isinstance(post, Post) and post.created_at == read


@pytest.mark.parametrize("absent", [None, ""])
def test_null_and_empty_count_as_absent(absent):
    """As CSV can say nothing else."""
    optional = dict.fromkeys(["title", "author", "rating", "reactions", "tags", "markup"], absent)
    assert post_from_record(GOOD | optional, "s") == post_from_record(GOOD, "s")


@pytest.mark.parametrize("text", ["", "  \n", None], ids=["empty", "blank", "null"])
def test_the_title_stands_in_for_an_empty_text(text):
    """Some posts are all title."""
    post = post_from_record(GOOD | {"text": text, "title": "Export fails"}, "s")
    assert isinstance(post, Post) and post.text == "Export fails"


def test_deleted_needs_no_more_than_an_id():
    """A file may say what is gone."""
    assert post_from_record({"id": "9", "deleted": True}, "s") == Tombstone("9")


BAD_FIELDS = {
    "id-missing": ({"id": None}, "has no id"),
    "id-list": ({"id": ["1"]}, "id is a list"),
    "id-true": ({"id": True}, "id is true or false"),
    "id-long": ({"id": "x" * 501}, "id is longer"),
    "text-number": ({"text": 5}, "text is a number"),
    "text-object": ({"text": {"a": 1}}, "text is an object"),
    "text-empty": ({"text": ""}, "text is empty"),
    "text-nul": ({"text": "a\0b"}, "NUL"),
    "text-surrogate": ({"text": "a\ud800b"}, "not valid Unicode"),
    "text-huge": ({"text": "x" * 1_000_001}, "longer than 1 MB"),
    "text-huge-in-bytes": ({"text": "…" * 400_000}, "longer than 1 MB"),
    "title-list": ({"title": ["x"]}, "title is a list"),
    "author-surrogate": ({"author": "\udfff"}, "author holds"),
    "created-missing": ({"created_at": None}, "has no created_at"),
    "created-words": ({"created_at": "yesterday"}, "created_at is 'yesterday'"),
    "created-number": ({"created_at": 1767225600}, "created_at is a number"),
    "created-year-1": ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at is"),
    "created-year-9999": ({"created_at": "9999-12-31T23:59:59-14:00"}, "created_at is"),
    "created-1969": ({"created_at": "1969-12-31"}, "year 1969"),
    "created-february-30": ({"created_at": "2026-02-30"}, "created_at is"),
    "updated-words": ({"updated_at": "soon"}, "updated_at is"),
    "rating-words": ({"rating": "good"}, "rating is"),
    "rating-list": ({"rating": [5]}, "rating is a list"),
    "rating-nan": ({"rating": float("nan")}, "rating is nan"),
    "rating-6": ({"rating": 6}, "1 to 5"),
    "reactions-half": ({"reactions": 1.5}, "whole number"),
    "reactions-huge": ({"reactions": 10**400}, "reactions is"),
    "tags-number": ({"tags": 5}, "tags is a number"),
    "tags-nested": ({"tags": [["a"]]}, "tags is a list"),
    "attributes-list": ({"attributes": [1]}, "attributes is a list"),
    "attributes-nested": ({"attributes": {"a": {}}}, "attributes.a is an object"),
    "markup-unknown": ({"markup": "rtf"}, "markup is 'rtf'"),
    "deleted-words": ({"deleted": "perhaps"}, "deleted is"),
}


@pytest.mark.parametrize(("fields", "reason"), BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_a_bad_field_is_named_in_plain_words(fields, reason):
    """The reason names the field and can be printed anywhere."""
    with pytest.raises(BadItem) as caught:
        post_from_record(GOOD | fields, "s")
    assert reason in str(caught.value)
    assert str(caught.value).isascii() and len(str(caught.value)) < 200


@pytest.mark.parametrize("field", ["text", "created_at"])
def test_a_missing_field_is_named(field):
    """Only id, text and created_at are required."""
    with pytest.raises(BadItem, match=f"has no {field}"):
        post_from_record({name: value for name, value in GOOD.items() if name != field}, "s")


BAD_LINES = {
    "no-json": (b"what?", "is not JSON"),
    "cut-off": (b'{"id": "x", "te', "is not JSON"),
    "array": (b"[1, 2]", "not an object"),
    "number": (b"17", "not an object"),
    "nan": (b'{"id": NaN}', "NaN"),
    "not-utf-8": (b'{"id": "\xff"}', "not valid UTF-8"),
    "nul": (b'{"id": "\0"}', "is not JSON"),
    "escaped-nul": (json.dumps(GOOD | {"text": "\0"}).encode(), "NUL"),
    "lone-surrogate": (json.dumps(GOOD | {"text": "\ud83d"}).encode(), "not valid Unicode"),
    "deep": (b'{"id":' + b"[" * 100_000, "nested too deep"),
    "long-number": (b'{"id":' + b"9" * 5000 + b"}", "is not JSON"),
    "long-line": (b'{"text":"' + b"x" * (9 * 2**20), "longer than 8 MiB"),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_skipped_by_its_place(tmp_path, line, reason):
    """It is named by file and line, and its neighbours come."""
    path = tmp_path / "posts.jsonl"
    good = [json.dumps(GOOD | {"id": id_}).encode() for id_ in ("a", "b")]
    path.write_bytes(b"\xef\xbb\xbf" + good[0] + b"\r\n\n" + line + b"\n" + good[1])
    (batch, *_) = File("s", FileOptions(paths=(str(path),)), http=Http()).pull(None)
    assert [post.native_id for post in batch.posts] == ["a", "b"]
    (skipped,) = batch.skipped
    assert skipped.where == "posts.jsonl:3" and reason in skipped.reason


BAD_ROWS = {
    "not-utf-8": (b"x,\xff\xfe,2026-01-01", "not valid Unicode"),
    "too-many": (b"x,y,2026-01-01,,,", "6 fields where the header has 4"),
    "too-few": (b"x,y", "has no created_at"),
    "broken-quotes": (b'x,"a"b,2026-01-01,', "is not CSV"),
    "rating": (b"x,y,2026-01-01,good", "rating is 'good'"),
    "nul": (b"x,a\0b,2026-01-01,", "NUL"),
}


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_skipped_by_its_place(tmp_path, row, reason):
    """As with lines."""
    path = tmp_path / "posts.csv"
    path.write_bytes(
        b"id,text,created_at,rating\na,b,2026-01-01,\n" + row + b"\nb,c,2026-01-01,5\n"
    )
    (batch, *_) = File("s", FileOptions(paths=(str(path),)), http=Http()).pull(None)
    assert [post.native_id for post in batch.posts] == ["a", "b"]
    (skipped,) = batch.skipped
    assert skipped.where == "posts.csv:3" and reason in skipped.reason


def test_memory_does_not_grow_with_a_line(tmp_path):
    """A line of 60 MB is passed over in a fraction of its size."""
    path = tmp_path / "posts.jsonl"
    with path.open("wb") as file:
        for _ in range(60):
            file.write(b"x" * 2**20)
        file.write(b"\n" + json.dumps(GOOD).encode())
    tracemalloc.start()
    try:
        (batch, *_) = File("s", FileOptions(paths=(str(path),)), http=Http()).pull(None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(batch.posts) == len(batch.skipped) == 1
    assert peak < 30 * 2**20
