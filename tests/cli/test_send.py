"""`insights digest send`: shown before it is done, done once, and again only on a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from insights.store import Database
from tests.cli.conftest import Insights
from tests.pipeline import village
from tests.publishers.postoffice import PostOffice, open_office

ID = "D-20260331-020000"
ANN, BEN, ME = "ann@example.org", "ben@example.org", "me@example.org"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_office() as opened:
        yield opened


@pytest.fixture
def send(lived: Insights, tmp_path: Path, office: PostOffice) -> Insights:
    """The command in a village whose folder got the digest, and whose new mail channel did not."""
    config = tmp_path / "insights.toml"
    config.write_text(
        config.read_text() + '[publishers.files]\npublisher = "file"\n'
        '[publishers.mail]\npublisher = "email"\nhost = "127.0.0.1"\n'
        f'port = {office.port}\ntls = "none"\nfrom = "in@example.org"\nto = ["{ANN}", "{BEN}"]\n'
    )
    return lambda *words: lived("digest", "send", *words)


def deliveries(tmp_path: Path) -> list[tuple[str, ...]]:
    database = Database(f"sqlite:///{tmp_path / 'village' / 'insights.db'}")
    with database.read() as tx:
        rows = tx.exec_driver_sql("SELECT channel, address, status FROM delivery").all()
    database.close()
    return sorted(tuple(row) for row in rows)


def test_a_dry_run_shows_what_would_go_to_whom_and_changes_nothing(
    send: Insights, tmp_path: Path, office: PostOffice
) -> None:
    before = deliveries(tmp_path)
    answer = send("--dry-run", "--output", "letters")
    assert answer.code == 0
    assert "files: would not be sent (delivered since" in answer.out
    for reader in (ANN, BEN):
        path = tmp_path / "letters" / f"{ID}-mail-{reader}.eml"
        size = f"{path.stat().st_size:,} bytes"
        assert f"mail to {reader}: would be sent, {size}" in answer.out
        assert message_from_bytes(path.read_bytes())["To"] == reader
    assert (office.taken, deliveries(tmp_path)) == ([], before)


def test_what_a_dry_run_showed_is_what_is_sent_and_only_once(
    send: Insights, tmp_path: Path, office: PostOffice
) -> None:
    send("--dry-run", "--output", "letters")
    answer = send()
    assert (answer.code, answer.out) == (0, f"mail: {ANN}, {BEN}\n")
    for reader, content in office.taken:
        shown = (tmp_path / "letters" / f"{ID}-mail-{reader}.eml").read_bytes()
        assert content.strip() == shown.strip()
    assert "nothing was done: everybody has it" in send().err
    assert "nothing was done" in send("--to", "mail", "--again").err
    assert office.readers == [ANN, BEN]


def test_a_refused_reader_ends_it_with_4_and_is_named_by_doctor(
    send: Insights, lived: Insights, office: PostOffice
) -> None:
    office.refused = {BEN}
    answer = send()
    assert answer.code == 4
    assert "550 5.1.1 nobody of that name lives here" in answer.err
    doctor = lived("doctor")
    assert doctor.code == 1
    assert f"now: insights digest send {ID} --to mail --address {BEN}" in doctor.out
    office.refused = set()
    assert send(ID, "--to", "mail", "--address", BEN).code == 0
    assert "did not get" not in lived("doctor").out
    assert office.readers == [ANN, BEN]


@pytest.mark.parametrize(
    ("word", "readers"),
    [pytest.param("--again", [ANN, ANN, BEN], id="again"), pytest.param("--arrived", [ANN, BEN])],
)
def test_what_is_unknown_waits_for_a_word(
    word: str, readers: list[str], send: Insights, lived: Insights, office: PostOffice
) -> None:
    """Doctor gives both commands; a second letter has the same name as the first."""
    office.dies = "end"
    assert send("--to", "mail", "--address", ANN).code == 4
    office.dies = ""
    assert send().code == 0
    assert office.readers == [ANN, BEN]
    told = f"insights digest send {ID} --to mail --address {ANN}"
    doctor = lived("doctor").out
    assert f"{told} --arrived" in doctor
    assert f"{told} --again" in doctor
    assert send(ID, "--to", "mail", "--address", ANN, word).code == 0
    assert "not known" not in lived("doctor").out
    assert office.readers == readers
    names = {mail["Message-ID"] for mail in office.mails()}
    assert len(names) == 2


def test_a_test_to_oneself_is_sent_as_often_as_wanted_and_not_recorded(
    send: Insights, tmp_path: Path, office: PostOffice
) -> None:
    before = deliveries(tmp_path)
    for _ in range(2):
        answer = send("--to", "mail", "--address", ME)
        assert (answer.code, answer.out) == (0, f"mail: {ME} (a test, not recorded)\n")
    assert office.readers == [ME, ME]
    assert len({mail["Message-ID"] for mail in office.mails()}) == 2
    assert deliveries(tmp_path) == before
    assert f"mail to {ME}: would be sent" in send("--to", "mail", "--address", ME, "--dry-run").out


def test_erasing_tells_once_who_had_the_words_in_what_cannot_be_called_back(
    send: Insights, lived: Insights, tmp_path: Path, office: PostOffice
) -> None:
    """Mail that is out stays out; the folder that is configured no more had them too."""
    send("--to", "mail", "--address", ANN)
    config = tmp_path / "insights.toml"
    config.write_text(config.read_text().replace("publishers.files", "publishers.others"))
    quoted = re.findall(r'"post_id": *"(.*?)"', lived("digest", "show", ID, "--format", "json").out)
    answer = lived("erase", "--post", quoted[0], "--yes")
    assert (answer.code, answer.out) == (0, "erased 1 post\n")
    for whom in ("files", f"mail to {ANN}"):
        told = f"{whom} had {ID} with words that are erased now; it cannot be called back"
        assert answer.err.count(told) == 1
    assert BEN not in answer.err
    assert "called back" not in lived("erase", "--post", "forum:none", "--yes").err


def test_a_test_says_nothing_that_the_store_does_not_confirm(
    send: Insights, tmp_path: Path, office: PostOffice
) -> None:
    """As any letter, it is held against the store before it leaves."""
    database = Database(f"sqlite:///{tmp_path / 'village' / 'insights.db'}")
    with database.write() as tx:
        tx.exec_driver_sql("DELETE FROM delivery")
        tx.exec_driver_sql("UPDATE digest SET content = json_set(content, '$.posts', 987654)")
    database.close()
    assert send("--to", "mail", "--address", ME).code == 0
    (mail,) = office.mails()
    parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    assert parts
    assert not [part for part in parts if b"987,654" in part]


def test_a_folder_is_written_anew_when_asked(send: Insights, tmp_path: Path) -> None:
    """Where sending again replaces, it does no harm."""
    answer = send("--to", "files", "--again")
    assert answer.code == 0
    assert (tmp_path / "digests" / f"{ID}.html").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["D-1"], "no digest is called 'D-1'", id="digest"),
        pytest.param(["--to", "mial"], "did you mean 'mail'", id="channel"),
        pytest.param(["--address", ME], "--address needs --to", id="address"),
        pytest.param(["--to", "files", "--address", ME], "has no addresses", id="a folder"),
        pytest.param(["--again", "--arrived"], "choose one", id="both"),
        pytest.param(["--output", "x"], "--output is for --dry-run", id="output"),
    ],
)
def test_what_cannot_be_is_refused(
    words: list[str], says: str, send: Insights, office: PostOffice
) -> None:
    answer = send(*words)
    assert answer.code == 2
    assert says in answer.err
    assert office.taken == []


def test_the_digest_of_an_audience_goes_to_its_channels_alone(
    send: Insights, lived: Insights, tmp_path: Path, office: PostOffice
) -> None:
    config = tmp_path / "insights.toml"
    config.write_text(config.read_text() + '[audiences.mobile]\nchannels = ["mail"]\n')
    answer = send(ID, "--to", "mail")
    assert answer.code == 2
    assert "gets the digests of another audience" in answer.err
    assert office.taken == []
    assert village.NIGHT.strftime("D-%Y%m%d") in lived("digest", "list").out
