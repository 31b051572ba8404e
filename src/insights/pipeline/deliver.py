"""Delivers digests to whom they are due: never twice, and nobody is forgotten silently.

What is due is written down when a digest is composed. Its letter is stored before anything leaves,
and so is that the channel is being asked: a run that is killed in between leaves `sending`, of
which the next run says that nobody knows (`store.deliveries` has the states).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from insights.digest.content import Digest
from insights.digest.render import render
from insights.errors import InsightsError, PublishError, Undecided
from insights.pipeline import claims
from insights.pipeline.engine import Channel, Engine
from insights.store import deliveries, digests
from insights.store.deliveries import DELIVERED, DUE, FAILED, OUTDATED, UNKNOWN, Place

Writes = Callable[[], AbstractContextManager[Any]]
ERASED = "it was sent before words were erased"
TRIES = 5
"""How often a letter is written anew because words were erased while it was being stored."""


@dataclass
class Report:
    """What became of deliveries: where they went by channel, and what went wrong in sentences.

    `beyond` says of which deliveries nothing can be called back.
    """

    said: dict[str, str] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Raise PublishError if something went wrong."""
        if self.trouble:
            raise PublishError("; ".join(self.trouble))

    def note(self, place: Place, status: str, detail: str) -> None:
        """Take down how one delivery went."""
        if status in (DELIVERED, OUTDATED):
            others = [self.said[place.channel]] if place.channel in self.said else []
            self.said[place.channel] = ", ".join(dict.fromkeys([*others, detail]))
        elif status == UNKNOWN:
            self.trouble.append(
                f"it is not known whether {place.told} got {place.digest_id} ({detail}); "
                f"send it again with: {command(place)}"
            )
        else:
            self.trouble.append(f"{place.told} did not get {place.digest_id}: {detail}")


def command(place: Place) -> str:
    """Return the command that sends once more what may have been sent."""
    address = f" --address {place.address}" if place.address else ""
    return f"insights digest send {place.digest_id} --to {place.channel}{address} --again"


def unknown_so_far(engine: Engine, tx: Any, audience: str = "") -> list[str]:
    """Say of which digests of an audience it is not known whether they arrived.

    Addresses stay out: a digest may leave the team. So do channels that get it no more.
    """
    every = [row for row in deliveries.with_status(tx, UNKNOWN) if row["audience"] == audience]
    meant = _meant(engine, every)
    found = dict.fromkeys((row["digest_id"], row["channel"]) for row in meant)
    return [_unknown(tx, digest_id, channel) for digest_id, channel in found]


def _unknown(tx: Any, digest_id: str, channel: str) -> str:
    rows = [r for r in deliveries.of_digests(tx, [digest_id]) if r["channel"] == channel]
    lost = sum(row["status"] == UNKNOWN for row in rows)
    whom = f"{lost} of the {len(rows)} addresses of {channel}" if len(rows) > 1 else channel
    return (
        f"It is not known whether {whom} got {digest_id}: see insights doctor, or send it again "
        f"with: insights digest send {digest_id} --to {channel} --again"
    )


def places(engine: Engine, digest_id: str, audience: str = "") -> list[Place]:
    """Return where a digest is due, as channels and audiences are configured now."""
    return [
        Place(digest_id, channel.name, address)
        for channel in engine.channels_of(audience)
        for address in channel.publisher.addresses
    ]


def settle(engine: Engine, write: Writes) -> None:
    """Decide about deliveries in the middle of which a run was killed."""
    with engine.database.read() as tx:
        if not deliveries.with_status(tx, deliveries.SENDING):
            return
    channels = _channels(engine)

    def replaces(name: str) -> bool:
        return name in channels and channels[name].publisher.replaces

    with write() as tx:
        deliveries.settle(tx, replaces, _now())


def publish(engine: Engine, run_id: str, write: Writes) -> Report:
    """Correct what was delivered, catch up on what is due, then deliver the digests of a run."""
    settle(engine, write)
    report = Report()
    correct(engine, write, report)
    with engine.database.read() as tx:
        tonight = digests.of_run(tx, run_id)
        waiting = deliveries.with_status(tx, DUE, FAILED)
    send(engine, [r["place"] for r in _meant(engine, waiting, but=tonight)], write, report)
    due = [place for id_, audience in tonight.items() for place in places(engine, id_, audience)]
    with write() as tx:
        deliveries.plan(tx, due, _now())
        known = [r for r in deliveries.of_digests(tx, tonight) if r["status"] in (DUE, FAILED)]
    send(engine, [r["place"] for r in _meant(engine, known)], write, report)
    return report


def _meant(
    engine: Engine, rows: Iterable[dict[str, Any]], *, but: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Return the deliveries, not those of the digests `but`, whose places still get the digest:
    a channel that went over to another audience must not get what was meant for the first."""
    return [
        row
        for row in rows
        if row["digest_id"] not in but
        and row["place"] in places(engine, row["digest_id"], row["audience"])
    ]


def correct(engine: Engine, write: Writes, report: Report) -> None:
    """Deliver digests anew from which something was erased, to the channels that can replace.

    What fails stays outdated: the next run tries again. What was sent and cannot be called back is
    recorded as such.
    """
    channels = _channels(engine)
    with engine.database.read() as tx:
        outdated = deliveries.with_status(tx, OUTDATED)
    for row in outdated:
        channel = channels.get(row["channel"])
        if channel is not None and channel.publisher.replaces:
            again = Report()
            send(engine, [row["place"]], write, again)
            report.said |= again.said
            report.trouble += [f"what was erased is still there: {why}" for why in again.trouble]
            continue
        with write() as tx:
            deliveries.end(tx, row["place"], DELIVERED, ERASED, _now())
        report.beyond.append(
            f"{row['place'].told} had {row['digest_id']} with words that are erased now; "
            "it cannot be called back"
        )


def send(engine: Engine, wanted: Sequence[Place], write: Writes, report: Report) -> None:
    """Send to these places, each once, and record how it went.

    Letters are stored first, all of a digest in one transaction. Places that are configured no
    more are left alone. Where a digest replaces what was there, the latest one is sent last.
    """
    channels = _channels(engine)
    there = [
        place
        for place in wanted
        if place.channel in channels
        and place.address in channels[place.channel].publisher.addresses
    ]
    for digest_id in dict.fromkeys(place.digest_id for place in there):
        mine = [place for place in there if place.digest_id == digest_id]
        for place, why in _write_letters(engine, mine, write).items():
            report.note(place, FAILED, why)
            mine.remove(place)
        for place in mine:
            channel = channels[place.channel]
            status, detail = _send(engine, channel, place, write)
            report.note(place, status, detail)
            if channel.publisher.replaces and status == DELIVERED:
                _show_the_latest(engine, channel, place, write, report)


def _show_the_latest(
    engine: Engine, channel: Channel, place: Place, write: Writes, report: Report
) -> None:
    """Some channels show which digest they had last: after an older one, send that again."""
    with engine.database.read() as tx:
        (row,) = [r for r in deliveries.of_digests(tx, [place.digest_id]) if r["place"] == place]
        latest = deliveries.last_delivered(tx)
    last = latest.get((place.channel, place.address, row["audience"]), place.digest_id)
    if last != place.digest_id:
        again = place._replace(digest_id=last)
        status, detail = _send(engine, channel, again, write)
        if status != DELIVERED:
            report.note(again, status, detail)


def _send(engine: Engine, channel: Channel, place: Place, write: Writes) -> tuple[str, str]:
    """Ask the channel once: (what became of it, where it went or why it did not)."""
    letter = None
    for _ in range(TRIES):
        with write() as tx:
            letter = deliveries.begin(tx, place, _now())
        if letter is not None:
            break
        failed = _write_letters(engine, [place], write)  # words were erased in between
        if failed:
            return FAILED, failed[place]
    if letter is None:
        return FAILED, "its words are being erased; the next run sends it"
    try:
        status, detail = (
            DELIVERED,
            channel.publisher.deliver(letter, to=place.address, key=place.key),
        )
    except Undecided as error:
        status, detail = UNKNOWN, str(error)
    except InsightsError as error:
        status, detail = FAILED, str(error)
    except Exception as error:  # a bug of the publisher must not keep others from their digest
        status, detail = UNKNOWN, f"{type(error).__name__} in the publisher: {error}"
    if status == UNKNOWN and channel.publisher.replaces:  # sending it again does no harm
        status = FAILED
    with write() as tx:
        kept = deliveries.end(tx, place, status, detail, _now())
    return (FAILED if status == FAILED else kept), detail


def _write_letters(engine: Engine, wanted: Iterable[Place], write: Writes) -> dict[Place, str]:
    """Store the letters of places, of one digest, that have none; return why some cannot be.

    What the digest says is held against the store once more before.
    """
    every = list(wanted)
    digest_ids = {place.digest_id for place in every}
    for digest_id in digest_ids:
        claims.ready(engine, write, digest_id)
    channels = _channels(engine)
    with engine.database.read() as tx:
        rows = deliveries.of_digests(tx, digest_ids)
        missing = [r["place"] for r in rows if r["place"] in every and not r["written"]]
        contents = {digest_id: digests.get(tx, digest_id) for digest_id in digest_ids}
    letters: dict[Place, bytes] = {}
    failed: dict[Place, str] = {}
    documents = {id_: render(Digest.model_validate(content)) for id_, content in contents.items()}
    for place in missing:
        try:
            letters[place] = channels[place.channel].publisher.write(
                place.digest_id, documents[place.digest_id], to=place.address, key=place.key
            )
        except InsightsError as error:
            failed[place] = str(error)
        except Exception as error:  # as above
            failed[place] = f"{type(error).__name__} in the publisher: {error}"
    if letters or failed:
        with write() as tx:
            for place, why in failed.items():
                deliveries.end(tx, place, FAILED, why, _now())
            if all(digests.get(tx, id_) == content for id_, content in contents.items()):
                deliveries.keep(tx, letters)
    return failed


def _channels(engine: Engine) -> dict[str, Channel]:
    return {channel.name: channel for channel in engine.channels}


def _now() -> datetime:
    return datetime.now(UTC)
