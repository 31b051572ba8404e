"""Takes posts that are sent to `insights serve`, each delivery signed with a shared secret."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar, NoReturn

from pydantic import BaseModel, ConfigDict, SecretStr

from insights import signing
from insights.errors import BadItem
from insights.http import Http, Payload
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone
from insights.record import post_from_record

MOST = 1_000


class WebhookOptions(BaseModel):
    """The secret that sender and receiver share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: SecretStr
    """At least 16 characters, or better `$NAME` for the environment variable NAME."""


class Webhook:
    """Posts that others send. Nothing is pulled: they come to `/ingest/SOURCE` by themselves."""

    Options: ClassVar[type[BaseModel]] = WebhookOptions

    def __init__(self, source: str, options: WebhookOptions, *, http: Http) -> None:
        self.source = source
        self._secret = signing.shared_secret(options.secret, f"{source}.secret")

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Yield nothing: what was sent is in the store already."""
        return iter(())

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Yield nothing: whoever sent a post also says when it is gone."""
        return iter(())

    def check(self) -> Checkup:
        """Say what it waits for; there is nobody to ask."""
        return Checkup(reads=f"what is sent to /ingest/{self.source} of insights serve")

    def verify(self, body: bytes, timestamp: str, signature: str, now: datetime) -> None:
        """Let pass what was signed with the secret, not long ago; CredentialsError says why not."""
        signing.verify(self._secret, body, timestamp, signature, now)

    def read(self, body: bytes) -> Batch:
        """Read one post or a list of them as they stand in files; of an id the last one holds.

        Raises:
            BadItem: the body is not JSON, neither one post nor a list, or too long a list.
        """
        try:
            records = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise BadItem("the body is not JSON in UTF-8") from None
        records = [records] if isinstance(records, dict) else records
        if not isinstance(records, list):
            raise BadItem("the body is neither a post nor a list of posts")
        if len(records) > MOST:
            raise BadItem(f"{len(records):,} posts are too many; send {MOST:,} at a time")
        found: dict[str, Post | Tombstone] = {}
        skipped = []
        for number, record in enumerate(records, start=1):
            try:
                item = self._item(record)
                found.pop(item.native_id, None)
                found[item.native_id] = item
            except BadItem as bad:
                skipped.append(Skipped(f"/ingest/{self.source} item {number}", str(bad)))
        return Batch(
            cursor={},
            posts=tuple(item for item in found.values() if isinstance(item, Post)),
            tombstones=tuple(item for item in found.values() if isinstance(item, Tombstone)),
            skipped=tuple(skipped),
        )

    def _item(self, record: Payload) -> Post | Tombstone:
        if not isinstance(record, dict):
            raise BadItem("is no object")
        return post_from_record(record, self.source)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
