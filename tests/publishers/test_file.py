"""A folder holds whole digests, or the ones before."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from pydantic import ValidationError

from insights import plugins
from insights.errors import PublishError
from insights.publishers.file import File, FileOptions

DOCUMENTS = {"html": b"<p>new</p>", "md": b"new\n", "json": b"{}\n", "txt": b"new\n"}


def publisher(folder: Path, **options: object) -> File:
    return File("disk", FileOptions.model_validate({"folder": folder, **options}))


def deliver(file: File, digest_id: str, documents: dict[str, bytes]) -> str:
    letter = file.write(digest_id, documents, to="", key="k")
    return file.deliver(letter, to="", key="k")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_comes_in_by_the_plugin_door():
    """The entry point leads here, and its options are known."""
    assert plugins.publisher("file") is File
    assert File.Options is FileOptions


def test_a_digest_is_written_under_its_id_and_as_the_latest(tmp_path):
    """The folder is made when it is missing, and no draft stays behind."""
    folder = tmp_path / "not" / "yet"
    where = deliver(publisher(folder), "2026-07-13", DOCUMENTS)
    assert where == str(folder / "2026-07-13.html")
    assert names(folder) == {f"{stem}.{form}" for stem in ("2026-07-13", "latest")
                             for form in DOCUMENTS}  # fmt: skip
    for form, document in DOCUMENTS.items():
        assert (folder / f"latest.{form}").read_bytes() == document


def test_the_latest_of_an_audience_has_a_name_of_its_own(tmp_path):
    """The whole digest's stays."""
    file = publisher(tmp_path, formats=["txt"])
    deliver(file, "D-20260504-020000", DOCUMENTS)
    deliver(file, "D-20260504-020000-mobile", {"txt": b"mobile\n"})
    assert (tmp_path / "latest.txt").read_bytes() == DOCUMENTS["txt"]
    assert (tmp_path / "latest-mobile.txt").read_bytes() == b"mobile\n"


def test_only_wanted_formats_are_written(tmp_path):
    """`formats` chooses."""
    deliver(publisher(tmp_path, formats=["md"]), "d1", DOCUMENTS)
    assert names(tmp_path) == {"d1.md", "latest.md"}


def test_the_same_bytes_are_not_written_again(tmp_path):
    """A file that is right already is left alone: same inode, same time."""
    deliver(publisher(tmp_path), "d1", DOCUMENTS)
    before = {path.name: path.stat() for path in tmp_path.iterdir()}
    deliver(publisher(tmp_path), "d1", DOCUMENTS)
    after = {path.name: path.stat() for path in tmp_path.iterdir()}
    assert {n: (s.st_ino, s.st_mtime_ns) for n, s in before.items()} == {
        n: (s.st_ino, s.st_mtime_ns) for n, s in after.items()
    }


def test_a_full_disk_leaves_the_old_file(tmp_path):
    """The write fails half way, as on a full disk: the old digest is whole, no draft stays."""
    deliver(publisher(tmp_path, formats=["txt"]), "d1", DOCUMENTS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(PublishError, match="room on its disk"):
            deliver(publisher(tmp_path, formats=["txt"]), "d1", {"txt": b"x" * (2 << 20)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == {"d1.txt", "latest.txt"}
    assert (tmp_path / "d1.txt").read_bytes() == DOCUMENTS["txt"]
    assert (tmp_path / "latest.txt").read_bytes() == DOCUMENTS["txt"]


def test_a_replace_that_fails_leaves_what_was_there(tmp_path):
    """Something else sits at the target's name: it stays, the latest stay, no draft stays."""
    deliver(publisher(tmp_path), "d1", DOCUMENTS)
    (tmp_path / "d2.md").mkdir()
    (tmp_path / "d2.md" / "inside").touch()
    with pytest.raises(PublishError):
        deliver(publisher(tmp_path), "d2", dict.fromkeys(DOCUMENTS, b"newer"))
    assert (tmp_path / "d2.md" / "inside").exists()
    assert (tmp_path / "latest.html").read_bytes() == DOCUMENTS["html"]
    assert not [name for name in names(tmp_path) if name.endswith(".draft")]


def test_what_a_killed_run_left_is_overwritten(tmp_path):
    """A half-written draft does no harm and does not stay."""
    (tmp_path / ".latest.md.draft").write_bytes(b"half a")
    deliver(publisher(tmp_path), "d1", DOCUMENTS)
    assert (tmp_path / "latest.md").read_bytes() == DOCUMENTS["md"]
    assert ".latest.md.draft" not in names(tmp_path)


def test_a_folder_that_cannot_be_one_says_what_to_do(tmp_path):
    """One sentence names the folder and the way out."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(PublishError, match=r"disk: cannot write to .*taken .*set another `folder`"):
        deliver(publisher(tmp_path / "taken"), "d1", DOCUMENTS)


def test_a_format_that_was_not_rendered_is_named(tmp_path):
    """Unknown names get candidates, and nothing is written."""
    with pytest.raises(PublishError, match=r"did you mean 'html'"):
        deliver(publisher(tmp_path, formats=["htm"]), "d1", DOCUMENTS)
    assert not names(tmp_path)


@pytest.mark.parametrize("digest_id", ["../up", "a/b", "", ".hidden", "latest", "a\nb", "x" * 200])
def test_an_id_never_leaves_the_folder(tmp_path, digest_id):
    """An id that is no plain file name is refused."""
    with pytest.raises(PublishError, match="cannot be a file name"):
        deliver(publisher(tmp_path / "folder"), digest_id, DOCUMENTS)
    assert not names(tmp_path)


def test_options_are_strict():
    """A mistyped option is a mistake, not a default."""
    with pytest.raises(ValidationError):
        FileOptions.model_validate({"foldr": "x"})
