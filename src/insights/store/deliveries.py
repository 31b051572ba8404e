"""Deliveries of digests: what is due to whom, what was taken, and what nobody can know.

| status      | meaning                                                  | next                   |
|-------------|----------------------------------------------------------|------------------------|
| `due`       | it is to be sent; its letter may be written already      | sent                   |
| `sending`   | the channel is being asked, or a kill came in between    | see `settle`           |
| `delivered` | the channel took it; of its letter only the hash is kept | nothing                |
| `failed`    | the channel surely did not take it                       | the same letter again  |
| `unknown`   | it may have been taken or not                            | nothing, until told    |
| `outdated`  | it was taken, and is to be replaced: words were erased   | replaced, if it can be |

While it is `sending`, its `detail` is the status that it had before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select, tuple_, update

from insights.store import tables as t
from insights.store.rows import dicts, upsert

DUE, SENDING, DELIVERED = "due", "sending", "delivered"
FAILED, UNKNOWN, OUTDATED = "failed", "unknown", "outdated"
HAD = (DELIVERED, OUTDATED)
GONE_OUT = (SENDING, DELIVERED, UNKNOWN, OUTDATED)
"""Somebody may have read the digest: it stays as it is."""

KILLED = "the run was stopped while the channel was being asked"


class Place(NamedTuple):
    """Which digest goes where: one delivery. `address` is empty where a channel is one place."""

    digest_id: str
    channel: str
    address: str = ""

    @property
    def key(self) -> str:
        """What names this delivery for ever."""
        return "/".join(part for part in self if part)

    @property
    def told(self) -> str:
        """The channel, and the address where it has several."""
        return f"{self.channel} to {self.address}" if self.address else self.channel


def plan(connection: Connection, places: Iterable[Place], at: datetime) -> None:
    """Make deliveries due that are not known yet; others stay what they are."""
    wanted = list(places)
    known = {row["place"] for row in of_digests(connection, {p.digest_id for p in wanted})}
    rows = [
        {**place._asdict(), "status": DUE, "detail": "", "at": at}
        for place in dict.fromkeys(wanted)
        if place not in known
    ]
    upsert(connection, t.delivery, rows)


def keep(connection: Connection, letters: Mapping[Place, bytes]) -> None:
    """Store letters before anything leaves."""
    for place, written in letters.items():
        values = {"letter": written, "letter_hash": hashlib.sha256(written).hexdigest()}
        connection.execute(update(t.delivery).where(_mine(place)).values(values))


def letter(connection: Connection, place: Place) -> bytes | None:
    """Return the letter of a delivery, if it is known and stored."""
    query = select(t.delivery.c.letter).where(_mine(place))
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found


def begin(connection: Connection, place: Place, at: datetime) -> bytes | None:
    """Mark a delivery as `sending` and return its letter; None, and no mark, if there is none."""
    found = letter(connection, place)
    if found is not None:
        values = {"status": SENDING, "detail": t.delivery.c.status, "at": at}
        connection.execute(update(t.delivery).where(_mine(place)).values(values))
    return found


def end(connection: Connection, place: Place, status: str, detail: str, at: datetime) -> str:
    """Record how it went; return what became of it.

    A letter that was taken is forgotten. If words were erased from the digest while it was on its
    way, so that its letter is gone, it is `outdated` at once. What somebody had before stays
    `outdated` where sending it again failed.
    """
    c = t.delivery.c
    row = connection.execute(select(c.letter, c.status, c.detail).where(_mine(place))).one()
    before = row.detail if row.status == SENDING else row.status
    if status == DELIVERED and row.status == SENDING and row.letter is None:
        status = OUTDATED
    values: dict[str, Any] = {"status": status, "detail": detail, "at": at}
    if status in HAD:
        values["letter"] = None
    elif status == FAILED and before in HAD:
        values["status"] = OUTDATED
    connection.execute(update(t.delivery).where(_mine(place)).values(values))
    return str(values["status"])


def settle(connection: Connection, replaces: Callable[[str], bool], at: datetime) -> None:
    """Decide about deliveries that a kill left in the middle; the caller holds the lease.

    Where sending again replaces what was sent (`replaces`, by channel), it is due again, or
    `outdated` if somebody had it before; else nobody can know whether it was taken.
    """
    for row in with_status(connection, SENDING):
        again = OUTDATED if row["detail"] in HAD else DUE
        status = again if replaces(row["channel"]) else UNKNOWN
        values = {"status": status, "detail": "" if status == DUE else KILLED, "at": at}
        connection.execute(update(t.delivery).where(_mine(row["place"])).values(values))


def withdraw(connection: Connection, digest_id: str) -> None:
    """Words left a digest: forget its letters, and mark what was delivered as outdated.

    A letter that surely was not sent is written anew from what the digest says now; one that may
    have been sent is too, if somebody has it sent again.
    """
    mine = t.delivery.c.digest_id == digest_id
    forget_letters(connection, digest_id)
    was = mine & (t.delivery.c.status == DELIVERED)
    connection.execute(update(t.delivery).where(was).values(status=OUTDATED))


def forget_letters(connection: Connection, digest_id: str) -> None:
    """Forget the letters of a digest that reads differently now."""
    mine = (t.delivery.c.digest_id == digest_id) & t.delivery.c.letter.is_not(None)
    connection.execute(update(t.delivery).where(mine).values(letter=None, letter_hash=None))


def of_digests(connection: Connection, digest_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return the deliveries of some digests, by digest, channel and address."""
    return _rows(connection, _select().where(t.delivery.c.digest_id.in_(sorted(digest_ids))))


def with_status(connection: Connection, *statuses: str) -> list[dict[str, Any]]:
    """Return the deliveries in one of these states, digests in order of time.

    Each has `place`, `digest_id`, `channel`, `address`, `status`, `detail`, `at`, `as_of`,
    `audience` and `written`: whether its letter is stored.
    """
    return _rows(connection, _select().where(t.delivery.c.status.in_(statuses)))


def gone_out(connection: Connection, digest_id: str) -> bool:
    """Say whether somebody may have read a digest."""
    mine = (t.delivery.c.digest_id == digest_id) & t.delivery.c.status.in_(GONE_OUT)
    return connection.execute(select(t.delivery.c.status).where(mine)).first() is not None


def last_delivered(connection: Connection) -> dict[tuple[str, str, str], str]:
    """Return the latest digest that each channel and address has had, by audience."""
    rows = with_status(connection, DELIVERED, OUTDATED)
    return {(row["channel"], row["address"], row["audience"]): row["digest_id"] for row in rows}


def last_meant(connection: Connection, audience: str, before: datetime) -> datetime | None:
    """Return the time of an audience's last digest before a time that was to go to anybody."""
    query = _select().where(t.digest.c.audience == audience, t.digest.c.as_of < before)
    found = dicts(connection, query)
    return found[-1]["as_of"] if found else None


def _select() -> Select[Any]:
    c = t.delivery.c
    columns = [c.digest_id, c.channel, c.address, c.status, c.detail, c.at]
    whole = [t.digest.c.as_of, t.digest.c.audience]
    return (
        select(*columns, *whole, c.letter.is_not(None).label("written"))
        .join(t.digest, t.digest.c.id == c.digest_id)
        .order_by(t.digest.c.as_of, c.digest_id, c.channel, c.address)
    )


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [
        {**row, "place": Place(row["digest_id"], row["channel"], row["address"])}
        for row in dicts(connection, query)
    ]


def _mine(place: Place) -> Any:
    c = t.delivery.c
    return tuple_(c.digest_id, c.channel, c.address) == place
