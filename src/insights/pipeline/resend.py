"""Sends a digest on somebody's word: what is due or unknown, or a letter to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from insights.digest.content import Digest
from insights.digest.render import render
from insights.errors import InsightsError, UsageError, unknown
from insights.pipeline import claims, deliver
from insights.pipeline.deliver import Report
from insights.pipeline.engine import Channel, Engine
from insights.pipeline.lease import Lease
from insights.store import deliveries, digests
from insights.store.deliveries import DELIVERED, DUE, FAILED, UNKNOWN, Place

SAID_SO = "somebody said that it had arrived"


@dataclass(frozen=True)
class Wanted:
    """Which deliveries of a digest are meant: those of a channel, or to an address; else all."""

    digest_id: str
    channel: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Outlook:
    """What would become of one delivery; `letter` is what would be sent."""

    place: Place
    status: str
    at: datetime | None
    goes: bool
    letter: bytes | None = None
    trouble: str = ""


def outlook(engine: Engine, wanted: Wanted, *, again: bool = False) -> list[Outlook]:
    """Say of each delivery whether `send` would send it, and show the letter. Changes nothing."""
    if is_trial(engine, wanted):
        channel, address = _channel(engine, wanted.channel or ""), wanted.address or ""
        place = Place(wanted.digest_id, channel.name, address)
        return [Outlook(place, "", None, True, *_letter(engine, channel, place, ""))]
    found = _places(engine, wanted)
    with engine.database.read() as tx:
        known = {row["place"]: row for row in deliveries.of_digests(tx, [wanted.digest_id])}
    told = []
    for place in found:
        row = known.get(place, {"status": DUE, "at": None})
        channel = _channel(engine, place.channel)
        goes = _goes(row["status"], channel, again=again)
        letter, trouble = _letter(engine, channel, place, place.key) if goes else (None, "")
        told.append(Outlook(place, row["status"], row["at"], goes, letter, trouble))
    return told


def send(engine: Engine, wanted: Wanted, *, again: bool = False) -> Report:
    """Send what is due, and with `again` what is unknown or can be replaced."""
    report = Report()
    with Lease(engine.database) as lease:
        deliver.settle(engine, lease.write)
        found = _places(engine, wanted)
        with lease.write() as tx:
            deliveries.plan(tx, found, datetime.now(UTC))
            known = {r["place"]: r["status"] for r in deliveries.of_digests(tx, [wanted.digest_id])}
        going = [
            place
            for place in found
            if _goes(known[place], _channel(engine, place.channel), again=again)
        ]
        deliver.send(engine, going, lease.write, report)
    return report


def arrived(engine: Engine, wanted: Wanted) -> list[Place]:
    """Record of what is unknown that it did arrive; return what that was."""
    with Lease(engine.database) as lease:
        deliver.settle(engine, lease.write)
        with lease.write() as tx:
            lost = [
                row["place"]
                for row in deliveries.of_digests(tx, [wanted.digest_id])
                if row["status"] == UNKNOWN
                if wanted.channel in (None, row["channel"])
                if wanted.address in (None, row["address"])
            ]
            for place in lost:
                deliveries.end(tx, place, DELIVERED, SAID_SO, datetime.now(UTC))
    return lost


def is_trial(engine: Engine, wanted: Wanted) -> bool:
    """Say whether an address gets no digests: then a letter to it is one to look at."""
    if wanted.address is None:
        return False
    if wanted.channel is None:
        raise UsageError("--address needs --to: name the channel that it belongs to")
    addresses = _channel(engine, wanted.channel).publisher.addresses
    if tuple(addresses) == ("",):
        raise UsageError(f"{wanted.channel} is one place and has no addresses; leave --address out")
    return wanted.address not in addresses


def trial(engine: Engine, wanted: Wanted) -> str:
    """Send a letter to somebody who is not among the addresses; nothing is recorded of it.

    What it says is held against the store before, as that of every letter is.
    """
    with Lease(engine.database) as lease:
        claims.ready(engine, lease.write, wanted.digest_id)
    channel, address = _channel(engine, wanted.channel or ""), wanted.address or ""
    place = Place(wanted.digest_id, channel.name, address)
    key = f"{place.key}/trial/{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    letter, trouble = _letter(engine, channel, place, key)
    if letter is None:
        raise UsageError(trouble)
    return channel.publisher.deliver(letter, to=address, key=key)


def _goes(status: str, channel: Channel, *, again: bool) -> bool:
    if status in (DUE, FAILED):
        return True
    return again and (status == UNKNOWN or channel.publisher.replaces)


def _letter(engine: Engine, channel: Channel, place: Place, key: str) -> tuple[bytes | None, str]:
    """Return the letter that is stored, or would be written; or why there is none."""
    with engine.database.read() as tx:
        stored = deliveries.letter(tx, place) if key == place.key else None
        content = digests.get(tx, place.digest_id)
    if stored is not None:
        return stored, ""
    documents = render(Digest.model_validate(content))
    try:
        written = channel.publisher.write(
            place.digest_id, documents, to=place.address, key=key or place.key
        )
    except InsightsError as error:
        return None, str(error)
    return written, ""


def _places(engine: Engine, wanted: Wanted) -> list[Place]:
    with engine.database.read() as tx:
        audience = digests.audience_of(tx, wanted.digest_id)
    places = deliver.places(engine, wanted.digest_id, audience)
    if wanted.channel is not None:
        _channel(engine, wanted.channel)
        places = [place for place in places if place.channel == wanted.channel]
        if not places:
            raise UsageError(
                f"{wanted.channel} gets the digests of another audience, and {wanted.digest_id} is "
                "none of them; see [audiences] in insights.toml"
            )
    if wanted.address is not None:
        places = [place for place in places if place.address == wanted.address]
    return places


def _channel(engine: Engine, name: str) -> Channel:
    for channel in engine.channels:
        if channel.name == name:
            return channel
    raise UsageError(unknown("channel", name, [channel.name for channel in engine.channels]))
