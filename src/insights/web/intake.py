"""Takes in posts that are sent to us: signed, once, and only as much as fits."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from fastapi import FastAPI, HTTPException, Request
from starlette.concurrency import run_in_threadpool

from insights.errors import BadItem, CredentialsError, InsightsError
from insights.models import Batch
from insights.signing import SIGNATURE, TIMESTAMP
from insights.store import Database, sources
from insights.store.posts import Tally

CONNECTOR = "webhook"
MAX_BYTES = 4 * 2**20
REMEMBERED_S = 900
"""How long a delivery is known again: longer than its timestamp lets it pass."""

Save = Callable[[str, Batch], Tally]
"""Saves a batch of a source as ingest does: without names and personal data."""


class Receiver(Protocol):
    """A connector to which posts come by themselves."""

    def verify(self, body: bytes, timestamp: str, signature: str, now: datetime) -> None:
        """Raise CredentialsError unless `body` was signed with its secret not long ago."""
        ...

    def read(self, body: bytes) -> Batch:
        """Return what was sent; BadItem says why nothing of it can be read."""
        ...


def add_intake(
    app: FastAPI, database: Database, receivers: Mapping[str, Receiver], save: Save
) -> None:
    """Let `app` take posts at /ingest/SOURCE, for each of `receivers` by the source's name."""
    one_by_one = threading.Lock()  # that a delivery is new is looked up and written down together

    @app.post("/ingest/{source}")
    async def take(source: str, request: Request) -> dict[str, Any]:
        if source not in receivers:
            raise HTTPException(404, "no webhook source has this name; see the settings")
        body = await _body(request)
        timestamp = request.headers.get(TIMESTAMP, "")
        signature = request.headers.get(SIGNATURE, "")
        if not timestamp or not signature:
            raise HTTPException(401, f"send {TIMESTAMP} and {SIGNATURE}")
        now = datetime.now(UTC)
        try:
            receivers[source].verify(body, timestamp, signature, now)
        except CredentialsError as error:
            raise HTTPException(401, str(error)) from None
        try:
            batch = receivers[source].read(body)
        except BadItem as bad:
            raise HTTPException(400, str(bad)) from None
        if batch.skipped and not (batch.posts or batch.tombstones):
            raise HTTPException(422, _named(batch))
        try:
            delivery = timestamp.encode() + b"." + body
            return await run_in_threadpool(store, source, batch, delivery, now)
        except InsightsError:
            raise HTTPException(503, "it cannot be saved now; send it again later") from None

    def store(source: str, batch: Batch, delivery: bytes, now: datetime) -> dict[str, Any]:
        """Save a delivery with the note that it came; one that came before changes nothing."""
        mark = hashlib.sha256(delivery).hexdigest()[:24]
        with one_by_one:
            with database.write() as tx:
                cursor = sources.open_source(tx, source, CONNECTOR) or {"seen": {}}
            oldest = now.timestamp() - REMEMBERED_S
            seen = {each: at for each, at in cursor["seen"].items() if at >= oldest}
            if mark in seen:
                return _told(Tally(), batch, repeated=True)
            cursor = {"seen": seen | {mark: int(now.timestamp())}}
            tally = save(source, replace(batch, cursor=cursor))
            with database.write() as tx:
                sources.record(tx, source, state="ok", note="", at=now)
        return _told(tally, batch, repeated=False)


async def _body(request: Request) -> bytes:
    """Read a body that is no larger than `MAX_BYTES`, whatever is announced."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            limit = f"{MAX_BYTES // 2**20} MiB"
            raise HTTPException(413, f"a delivery may hold {limit}; send fewer posts at a time")
    return bytes(body)


def _told(tally: Tally, batch: Batch, *, repeated: bool) -> dict[str, Any]:
    return {
        "new": tally.new,
        "changed": tally.changed,
        "same": tally.same,
        "deleted": tally.deleted,
        "skipped": _named(batch),
        "repeated": repeated,
    }


def _named(batch: Batch) -> list[dict[str, str]]:
    return [
        {"item": item.where.rpartition(" ")[2], "reason": item.reason} for item in batch.skipped
    ]
