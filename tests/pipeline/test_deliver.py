"""Whatever happens on the way, nobody gets a digest twice, and nobody is forgotten silently."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from insights.digest.options import AudienceOptions
from insights.digest.render import render
from insights.errors import PublishError, Undecided
from insights.pipeline import deliver
from insights.pipeline.deliver import Report
from insights.pipeline.engine import Channel, Engine
from insights.pipeline.lease import Lease
from insights.publishers.email import Email, EmailOptions
from insights.store import Database, deliveries, digests
from insights.store.deliveries import DELIVERED, DUE, FAILED, OUTDATED, SENDING, UNKNOWN, Place
from tests.digest import example
from tests.pipeline.faults import Killed, dying
from tests.publishers.postoffice import PostOffice, open_office

RUN, ID = "run-1", "D-1"
READERS = ("ann", "ben", "cem")
ENOUGH = 60


@dataclass
class Round:
    """A channel that goes from reader to reader, and can be told to stumble at one."""

    readers: tuple[str, ...] = READERS
    replaces: bool = False
    stumbles: dict[str, BaseException] = field(default_factory=dict)
    """What happens at a reader before they take it, once."""
    falls: dict[str, BaseException] = field(default_factory=dict)
    """What happens after they took it, once."""
    got: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.readers

    def write(self, digest_id: str, documents, *, to: str, key: str) -> bytes:
        return f"{key} {documents['json'].decode()}".encode()

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        if to in self.stumbles:
            raise self.stumbles.pop(to)
        self.got.append((to, letter))
        if to in self.falls:
            raise self.falls.pop(to)
        return to

    @property
    def counts(self) -> Counter[str]:
        return Counter(to for to, _ in self.got)


@pytest.fixture
def made(tmp_path: Path, encoder) -> Iterator[Engine]:
    """A database with the digest of a run."""
    database = Database(f"sqlite:///{tmp_path / 'insights.db'}")
    database.migrate()
    store(database)
    yield Engine(database=database, encoder=encoder, key=b"k" * 32)
    database.close()


def store(database: Database, digest_id: str = ID, run_id: str = RUN, **changed) -> None:
    digest = example.quiet(id=digest_id, run_id=run_id, **changed)
    with database.write() as tx:
        digests.save(tx, digest_id, run_id, digest.as_of, digest.model_dump(mode="json"))


def go(engine: Engine, *channels, run_id: str = RUN) -> Report:
    """Publish as a night does."""
    given = [Channel(f"channel{n}", each) for n, each in enumerate(channels)]
    with Lease(engine.database) as lease:
        return deliver.publish(replace(engine, channels=given), run_id, lease.write)


def states(engine: Engine) -> dict[str, str]:
    with engine.database.read() as tx:
        return {row["address"]: row["status"] for row in deliveries.of_digests(tx, [ID])}


def letters(engine: Engine) -> dict[str, bytes | None]:
    with engine.database.read() as tx:
        found = tx.exec_driver_sql("SELECT address, letter FROM delivery").all()
    return {row.address: row.letter for row in found}


def test_each_reader_has_a_delivery_of_their_own(made: Engine) -> None:
    """Who cannot be reached keeps nobody else from it, and gets the same bytes the next time."""
    round_ = Round(stumbles={"ben": PublishError("not at home")})
    report = go(made, round_)
    assert report.trouble == ["channel0 to ben did not get D-1: not at home"]
    assert states(made) == {"ann": DELIVERED, "ben": FAILED, "cem": DELIVERED}
    kept = letters(made)
    assert (kept["ann"], kept["cem"]) == (None, None)
    assert go(made, round_).trouble == []
    assert round_.counts == dict.fromkeys(READERS, 1)
    assert dict(round_.got)["ben"] == kept["ben"]


def test_what_is_undecided_is_told_and_never_sent_again_by_itself(made: Engine) -> None:
    round_ = Round(falls={"ben": Undecided("no answer")})
    (trouble,) = go(made, round_).trouble
    assert "not known whether channel0 to ben got D-1 (no answer)" in trouble
    assert "insights digest send D-1 --to channel0 --address ben --again" in trouble
    for _ in range(2):
        assert go(made, round_).trouble == []
    assert round_.counts == dict.fromkeys(READERS, 1)
    assert states(made)["ben"] == UNKNOWN


def test_a_publisher_with_a_bug_keeps_no_other_from_it(made: Engine) -> None:
    """Whether the digest left before it broke is not known."""
    good = Round()
    report = go(made, Round(falls={"ann": ZeroDivisionError("division by zero")}), good)
    assert "ZeroDivisionError in the publisher" in report.trouble[0]
    assert good.counts == dict.fromkeys(READERS, 1)


class Silent(Round):
    """One that cannot write a letter."""

    def write(self, digest_id: str, documents, *, to: str, key: str) -> bytes:
        raise PublishError("no format is called 'htm'")


def test_a_letter_that_cannot_be_written_is_a_sure_failure(made: Engine) -> None:
    assert len(go(made, Silent()).trouble) == 3
    assert set(states(made).values()) == {FAILED}
    repaired = Round()
    assert go(made, repaired).trouble == []
    assert repaired.counts == dict.fromkeys(READERS, 1)


def test_a_digest_whose_night_was_cut_off_is_delivered_by_the_next(made: Engine) -> None:
    """It was due when it was composed; the night of another digest finds it."""
    with made.database.write() as tx:
        deliveries.plan(tx, [Place(ID, "channel0", to) for to in READERS], example.AS_OF)
    store(made.database, "D-2", "run-2")
    round_ = Round()
    assert go(made, round_, run_id="run-2").trouble == []
    assert round_.counts == dict.fromkeys(READERS, 2)
    assert [letter[:3] for _, letter in round_.got] == [b"D-1"] * 3 + [b"D-2"] * 3


def test_a_reader_who_is_in_the_settings_no_more_is_left_alone(made: Engine) -> None:
    go(made, Round(stumbles={"ben": PublishError("not at home")}))
    fewer = Round(readers=("ann", "cem"))
    assert go(made, fewer).trouble == []
    assert fewer.got == []


def test_a_channel_that_goes_over_to_an_audience_gets_nothing_that_was_meant_for_others(
    made: Engine,
) -> None:
    """Neither what it did not take before, nor a question about it in the audience's digests."""
    falls: dict[str, BaseException] = {"ben": Undecided("no answer")}
    round_ = Round(stumbles={"ann": PublishError("not at home")}, falls=falls)
    go(made, round_)
    held = list(round_.got)
    sales = {"sales": AudienceOptions(channels=("channel0",))}
    moved = replace(made, audiences=sales, channels=[Channel("channel0", round_)])
    with Lease(made.database) as lease:
        assert deliver.publish(moved, RUN, lease.write).trouble == []
        store(made.database, "D-2", "run-2")
        assert deliver.publish(moved, "run-2", lease.write).trouble == []
    assert round_.got == held
    with made.database.read() as tx:
        assert deliver.unknown_so_far(moved, tx) == []


FAULTS = {
    "nothing": {},
    "refused": {"stumbles": {"ben": PublishError("not at home")}},
    "undecided after it was taken": {"falls": {"ben": Undecided("no answer")}},
    "undecided before it was taken": {"stumbles": {"ben": Undecided("no answer")}},
    "killed before it was taken": {"stumbles": {"ben": Killed("now")}},
    "killed after it was taken": {"falls": {"ben": Killed("now")}},
}


@pytest.mark.parametrize("replaces", [False, True], ids=["sends", "replaces"])
@pytest.mark.parametrize("fault", FAULTS)
def test_killed_at_any_step_with_any_fault(
    tmp_path: Path, encoder, fault: str, replaces: bool
) -> None:
    """Every reader has it once, or it is recorded that this is not known; where sending again
    replaces, every reader has it."""
    before = Database(f"sqlite:///{tmp_path / 'before.db'}")
    before.migrate()
    store(before)
    before.checkpoint()
    before.close()
    for n in range(1, ENOUGH):
        folder = tmp_path / str(n)
        folder.mkdir()
        shutil.copy(tmp_path / "before.db", folder / "insights.db")
        database = Database(f"sqlite:///{folder / 'insights.db'}")
        engine = Engine(database=database, encoder=encoder, key=b"k" * 32)
        script = {name: dict(value) for name, value in FAULTS[fault].items()}
        round_ = Round(replaces=replaces, **script)
        with dying(database, folder, at=n) as faults:
            go(engine, round_)
        free(database)
        for _ in range(3):
            survive(engine, round_)
        said = states(engine)
        assert set(said) == set(READERS), f"step {n}: forgotten"
        for reader, status in said.items():
            assert status in (DELIVERED, UNKNOWN), f"step {n}: {reader} is {status}"
            if replaces:
                assert (status, bool(round_.counts[reader])) == (DELIVERED, True), f"step {n}"
            elif status == DELIVERED:
                assert round_.counts[reader] == 1, f"step {n}"
            else:
                assert round_.counts[reader] <= 1, f"step {n}"
        database.close()
        if faults.steps < n:
            assert n >= 8, "sending to three has more durable steps than this"
            return
    pytest.fail("there is no end to the steps")


def survive(engine: Engine, channel: object) -> None:
    """Publish as the next run does, which may be killed by its channel, too."""
    with suppress(Killed):
        go(engine, channel)
    free(engine.database)


def free(database: Database) -> None:
    """Whoever was killed by a channel lives on in this process, and holds the lease."""
    with database.write() as tx:
        tx.exec_driver_sql("UPDATE lease SET holder = 'nobody'")


# --- erasing ------------------------------------------------------------------------------------

WORDS = "The lamp hums at midnight"


def change(engine: Engine) -> None:
    """Take words out of the digest, as erasing does."""
    with engine.database.write() as tx:
        content = digests.get(tx, ID)
        digests.save(tx, ID, RUN, example.AS_OF, {**content, "headline": "Nothing"})
        deliveries.withdraw(tx, ID)


@pytest.mark.parametrize(
    ("fault", "then"),
    [
        pytest.param({"stumbles": {"ben": PublishError("no")}}, DELIVERED, id="surely unsent"),
        pytest.param({"falls": {"ben": Undecided("?")}}, UNKNOWN, id="unknown"),
    ],
)
def test_erasing_reaches_letters_that_wait(made: Engine, fault, then: str) -> None:
    """What surely was not sent is written anew; of what may have been, the bytes go."""
    store(made.database, headline=WORDS)
    round_ = Round(**fault)
    go(made, round_)
    assert any(WORDS.encode() in letter for letter in letters(made).values() if letter)
    change(made)
    assert not any(letters(made).values())
    before = len(round_.got)
    go(made, round_)
    assert states(made)["ben"] == then
    assert not any(WORDS.encode() in letter for _, letter in round_.got[before:])


def test_a_channel_that_still_holds_erased_words_is_named_until_it_does_not(made: Engine) -> None:
    """It can replace what it has: it is asked again by every run."""
    store(made.database, headline=WORDS)
    shelf = Round(readers=("",), replaces=True)
    go(made, shelf)
    change(made)
    shelf.stumbles = {"": PublishError("the shelf is locked")}
    (trouble,) = go(made, shelf).trouble
    assert trouble == (
        "what was erased is still there: channel0 did not get D-1: the shelf is locked"
    )
    assert go(made, shelf).trouble == []
    assert WORDS.encode() not in shelf.got[-1][1]


class Erasing(Round):
    """Somebody erases while the letter is on its way."""

    engine: Engine

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        if to == "ben":
            change(self.engine)
        return super().deliver(letter, to=to, key=key)


def test_words_that_are_erased_while_they_are_sent_make_it_outdated(made: Engine) -> None:
    """Whoever comes after them gets a letter without the words."""
    store(made.database, headline=WORDS)
    round_ = Erasing()
    round_.engine = made
    go(made, round_)
    assert states(made) == {"ann": OUTDATED, "ben": OUTDATED, "cem": DELIVERED}
    assert WORDS.encode() not in dict(round_.got)["cem"]
    assert WORDS.encode() in dict(round_.got)["ben"]


@pytest.mark.parametrize(
    "fault", [PublishError("disk full"), Killed("killed")], ids=["no", "killed"]
)
def test_a_correction_that_fails_stays_outdated_and_is_tried_again(
    made: Engine, fault: BaseException
) -> None:
    """Somebody has the digest: it counts as gone out and keeps the numbers of its night."""
    store(made.database, headline=WORDS)
    round_ = Round(replaces=True)
    go(made, round_)
    change(made)
    round_.stumbles = {"ben": fault}
    with suppress(Killed):
        (trouble,) = go(made, round_).trouble
        assert trouble == (
            "what was erased is still there: channel0 to ben did not get D-1: disk full"
        )
    with Lease(made.database) as lease:
        deliver.settle(replace(made, channels=[Channel("channel0", round_)]), lease.write)
    assert states(made)["ben"] == OUTDATED
    with made.database.read() as tx:
        details = [row["detail"] for row in deliveries.of_digests(tx, [ID])]
    assert details[1] in ("disk full", deliveries.KILLED)
    assert go(made, round_).trouble == []
    assert set(states(made).values()) == {DELIVERED}
    assert WORDS.encode() not in dict(round_.got)["ben"]


# --- over a real mail server --------------------------------------------------------------------


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_office() as opened:
        yield opened


def mailer(office: PostOffice, patience: float = 5) -> Email:
    told = {
        "host": "127.0.0.1", "port": office.port, "tls": "none", "from": "in@example.org",
        "to": [f"{name}@example.org" for name in READERS],
    }  # fmt: skip
    return Email("mail", EmailOptions.model_validate(told), patience=patience)


ANN, BEN, CEM = (f"{name}@example.org" for name in READERS)


def test_a_greylisting_server_gives_everybody_their_mail_the_next_night(made, office) -> None:
    office.greylisted = {ANN, BEN, CEM}
    assert len(go(made, mailer(office)).trouble) == 3
    store(made.database, "D-2", "run-2")
    assert go(made, mailer(office), run_id="run-2").trouble == []
    assert office.readers == sorted([ANN, BEN, CEM] * 2)
    assert len({mail["Message-ID"] for mail in office.mails()}) == 6


def test_one_refused_reader_of_three_is_named_until_they_are_reached(made, office) -> None:
    office.refused = {BEN}
    for _ in range(3):
        (trouble,) = go(made, mailer(office)).trouble
        assert "channel0 to ben@example.org did not get D-1" in trouble
        assert "550 5.1.1 nobody of that name lives here" in trouble
    office.refused = set()
    assert go(made, mailer(office)).trouble == []
    assert office.readers == [ANN, BEN, CEM]


def test_a_server_that_dies_before_the_end_of_the_letter_costs_nobody_theirs(made, office) -> None:
    office.dies = "middle"
    assert len(go(made, mailer(office)).trouble) == 3
    assert set(states(made).values()) == {FAILED}
    office.dies = ""
    assert go(made, mailer(office)).trouble == []
    assert office.readers == [ANN, BEN, CEM]


def test_a_server_that_dies_after_the_end_of_the_letter_gets_it_once(made, office) -> None:
    """It had taken all three; of none of them is that known."""
    office.dies = "end"
    assert len(go(made, mailer(office)).trouble) == 3
    assert set(states(made).values()) == {UNKNOWN}
    office.dies = ""
    assert go(made, mailer(office)).trouble == []
    assert office.readers == [ANN, BEN, CEM]


class LastLetter(Email):
    """A mailer whose run is killed when the server has taken a letter."""

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        super().deliver(letter, to=to, key=key)
        raise Killed(to)


def test_a_run_that_is_killed_while_it_mails_mails_nobody_twice(
    made: Engine, office: PostOffice
) -> None:
    """After the server took it and before that was recorded: `sending` becomes unknown."""
    survive(made, LastLetter("mail", mailer(office).options))
    assert sorted(states(made).values()) == [DUE, DUE, SENDING]
    assert go(made, mailer(office)).trouble == []
    assert sorted(states(made).values()) == [DELIVERED, DELIVERED, UNKNOWN]
    assert office.readers == [ANN, BEN, CEM]


def test_what_is_stored_is_what_is_sent(made: Engine, office: PostOffice) -> None:
    """The mail of the first try, its Message-ID included, is the one that arrives."""
    office.greylisted = {ANN}
    go(made, mailer(office))
    stored = letters(made)[ANN]
    go(made, mailer(office))
    (arrived,) = [content for to, content in office.taken if to == ANN]
    assert arrived.strip() == stored.strip()
    assert render(example.quiet())["subject"] in arrived
