"""What reading posts from files promises."""

import csv
import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.file import File, FileOptions
from insights.errors import SourceError
from insights.http import Http
from insights.testing import PROMISES, Shelf, check_connector

ENDINGS = ["jsonl", "jsonl.gz", "csv", "csv.gz", "parquet"]
COLUMNS = ["id", "text", "created_at", "deleted"]


class Folder:
    """A file that someone keeps writing anew."""

    token = ""

    def __init__(self, folder: Path, ending: str) -> None:
        self.path = folder / f"posts.{ending}"
        self.at = datetime(2026, 1, 5, tzinfo=UTC)
        self.records: list[dict[str, object]] = []
        self.write()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"a file connector asked for {request.url}")

    def add(self, text: str, *, same_time: bool = False) -> str:
        self.at += timedelta(0 if same_time else 1)
        id_ = f"p{len(self.records)}"
        self.records.append({"id": id_, "text": text, "created_at": self.at.isoformat()})
        self.write()
        return id_

    def edit(self, native_id: str, text: str) -> None:
        self._change(native_id, text=text)

    def delete(self, native_id: str) -> None:
        self._change(native_id, text="", created_at="", deleted="true")

    def spoil(self, native_id: str) -> None:
        self._change(native_id, created_at="the other day")

    def _change(self, native_id: str, **fields: str) -> None:
        next(r for r in self.records if r["id"] == native_id).update(fields)
        self.write()

    def write(self) -> None:
        if self.path.suffix == ".parquet":
            table = {name: [r.get(name) for r in self.records] for name in COLUMNS}
            schema = pa.schema([(name, pa.string()) for name in COLUMNS])
            pq.write_table(pa.table(table, schema=schema), self.path, row_group_size=5)
            return
        opened = gzip.open if self.path.suffix == ".gz" else open
        with opened(self.path, "wt", encoding="utf-8", newline="") as file:
            if ".csv" in self.path.name:
                rows = csv.DictWriter(file, COLUMNS)
                rows.writeheader()
                rows.writerows(self.records)
            else:
                file.writelines(json.dumps(record) + "\n" for record in self.records)


def make(http: Http, server: Folder) -> File:
    return File("archive", FileOptions(paths=str(server.path), batch=3), http=http)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str, ending: str, tmp_path: Path):
    """Every format keeps every promise of a connector."""
    check_connector(make, server=lambda: Folder(tmp_path, ending), only=promise)


def read(*paths: Path | str, cursor=None, **options) -> Shelf:
    shelf = Shelf(cursor=cursor)
    connector = File("s", FileOptions(paths=tuple(map(str, paths)), **options), http=Http())
    for batch in connector.pull(cursor):
        shelf.take(batch)
    return shelf


def lines(*ids: str) -> str:
    return "".join(
        json.dumps({"id": id_, "text": f"words {id_}", "created_at": "2026-01-01"}) + "\n"
        for id_ in ids
    )


def test_an_unchanged_file_is_not_read_twice_though_it_moved(tmp_path):
    """A file is known by its content."""
    (tmp_path / "a.jsonl").write_text(lines("1", "2"))
    shelf = read(tmp_path / "a.jsonl")
    moved = (tmp_path / "a.jsonl").rename(tmp_path / "b.jsonl")
    assert read(moved, cursor=shelf.cursor).posts == {}


def test_a_new_file_beside_a_known_one_is_read_alone(tmp_path):
    """A pattern that matches one more file costs that file."""
    (tmp_path / "a.jsonl").write_text(lines("1"))
    shelf = read(tmp_path / "*.jsonl")
    (tmp_path / "b.jsonl").write_text(lines("2"))
    assert set(read(tmp_path / "*.jsonl", cursor=shelf.cursor).posts) == {"2"}


def test_a_missing_file_is_named_after_the_others_were_read(tmp_path):
    """A typo in one path does not keep the other files out."""
    (tmp_path / "a.jsonl").write_text(lines("1"))
    missing = tmp_path / "missing.jsonl"
    connector = File("s", FileOptions(paths=(str(missing), f"{tmp_path}/a.jsonl")), http=Http())
    batches = connector.pull(None)
    assert [post.native_id for post in next(batches).posts] == ["1"]
    with pytest.raises(SourceError, match=r"missing\.jsonl"):
        next(batches)


@pytest.mark.parametrize("name", ["folder", "posts.xlsx", "utf16.jsonl", "no.parquet", "no.csv"])
def test_what_is_no_such_file_is_said_in_one_line(tmp_path, name):
    """A folder, an unknown ending, UTF-16, no Parquet and a header without ids."""
    if name == "folder":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(lines("1").encode("utf-16" if "16" in name else "utf-8"))
    with pytest.raises(SourceError, match=name) as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_damaged_archive_gives_what_is_whole(tmp_path):
    """The end of a gzip file was lost: the lines before it go in and the damage is named."""
    whole = gzip.compress(lines(*(str(n) for n in range(5000))).encode())
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    connector = File("s", FileOptions(paths=(f"{tmp_path}/a.jsonl.gz",)), http=Http())
    shelf = Shelf()
    with pytest.raises(SourceError, match="damaged after line"):
        for batch in connector.pull(None):
            shelf.take(batch)
    assert len(shelf.posts) > 1000


@pytest.mark.parametrize("sign", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_csv_speaks_its_delimiter_by_its_header(tmp_path, sign):
    """A byte order mark, quoted line breaks and a field that holds the sign are fine."""
    text = f"id{sign}text{sign}created_at{sign}tags\n1{sign}'a{sign}b\nc'{sign}2026-01-01{sign}x\n"
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("'", '"').encode())
    (post,) = read(tmp_path / "a.csv").posts.values()
    assert (post.text, post.tags) == (f"a{sign}b\nc", ("x",))


def test_parquet_types_become_plain_values(tmp_path):
    """Nanoseconds, lists, maps, dates and numbers of ids."""
    row = {
        "id": pa.array([7]),
        "text": pa.array(["words"]),
        "created_at": pa.array([1_767_225_600_000_000_001], pa.timestamp("ns")),
        "updated_at": pa.array([date(2026, 2, 1)], pa.date32()),
        "tags": pa.array([["a", "b"]]),
        "attributes": pa.array([[("os", "ios")]], pa.map_(pa.string(), pa.string())),
        "rating": pa.array([4.0]),
        "unknown": pa.array([b"\x00"]),
    }
    pq.write_table(pa.table(row), tmp_path / "a.parquet")
    (post,) = read(tmp_path / "a.parquet").posts.values()
    assert post.created_at == datetime(2026, 1, 1, tzinfo=UTC) and post.native_id == "7"
    assert (post.tags, post.attributes, post.rating) == (("a", "b"), {"os": "ios"}, 4.0)


def test_parquet_that_holds_bytes_for_text_loses_one_row(tmp_path):
    """A writer that lies about its text spoils that row and no other."""
    bad = pa.StringArray.from_buffers(
        2, pa.py_buffer(b"\0\0\0\0\2\0\0\0\4\0\0\0"), pa.py_buffer(b"\xff\xfeok")
    )
    table = pa.table({"id": ["1", "2"], "text": bad, "created_at": ["2026-01-01"] * 2})
    pq.write_table(table, tmp_path / "a.parquet")
    shelf = read(tmp_path / "a.parquet")
    assert set(shelf.posts) == {"2"} and shelf.skipped[0].where == "a.parquet:1"


def test_a_check_names_the_files_and_misses_none(tmp_path):
    """What a pattern finds is told with its size; a file that is not there is no surprise later."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(b" " * 50_000)
    http = Http()
    found = File("f", FileOptions(paths=(str(tmp_path / "*.jsonl"),)), http=http).check()
    assert found.reads == "2 files of 0.1 MB: a.jsonl, b.jsonl"
    with pytest.raises(SourceError, match="there is no file"):
        File("f", FileOptions(paths=(str(tmp_path / "c.jsonl"),)), http=http).check()
    (tmp_path / "odd.xls").write_bytes(b"")
    with pytest.raises(SourceError, match="none of the endings"):
        File("f", FileOptions(paths=(str(tmp_path / "odd.xls"),)), http=http).check()
