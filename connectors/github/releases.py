"""Reads releases, the newest first, as far as they are new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from connectors.github.shapes import Published
from insights.errors import BadItem, SourceError
from insights.http import Http, Payload, shaped
from insights.models import JSON, Batch, Release, Skipped

PAGE = 100
REFUSED = (403, 404)


@dataclass(frozen=True)
class Releases:
    """The releases at the address `url`.

    The state holds what stood on the first page: who finds one of these on a page has read all
    that is older. An edit of an older one is not seen.
    """

    source: str
    url: str
    http: Http
    headers: Mapping[str, str]

    def pull(self, state: JSON | None) -> Iterator[Batch]:
        """Yield releases that are new, or changed while they are among the latest hundred."""
        seen: dict[str, str] = (state or {}).get("seen", {})
        after: JSON = {}
        params = (("per_page", PAGE),)
        for reply in self.http.pages(self.url, params=params, headers=self.headers, allow=REFUSED):
            if reply.status in REFUSED:
                # Who reads issues need not be allowed to read code; releases are an extra.
                why = "this token may not read releases: let it read contents, or releases = false"
                yield Batch(cursor=state or {"seen": {}}, skipped=(Skipped(self.url, why),))
                return
            items = reply.json()
            if not isinstance(items, list):
                raise SourceError(f"{reply.url} did not answer as GitHub does (no list)")
            stamps = {_id(item): _stamp(item) for item in items}
            after = after or {"seen": stamps}
            last = reply.next_url is None or bool(seen.keys() & stamps.keys())
            # Until the walk is over, a kill must let it start anew.
            batch = self._batch(
                [item for item in items if seen.get(_id(item)) != _stamp(item)],
                after if last else state or {"seen": {}},
            )
            if batch.releases or batch.skipped or (last and state != after):
                yield batch
            if last:
                return

    def _batch(self, items: list[Payload], cursor: JSON) -> Batch:
        releases, skipped = [], []
        for item in items:
            try:
                found = shaped(Published, item)
            except BadItem as bad:
                where = item.get("html_url") if isinstance(item, dict) else None
                skipped.append(Skipped(str(where or self.url)[:300], str(bad)))
                continue
            if found.draft or found.published_at is None:
                continue
            releases.append(
                Release(
                    source=self.source,
                    version=found.tag_name,
                    released_at=found.published_at,
                    url=found.html_url,
                    notes=found.body or "",
                )
            )
        return Batch(cursor=cursor, releases=tuple(releases), skipped=tuple(skipped))


def _id(item: Payload) -> str:
    return str(item.get("id")) if isinstance(item, dict) else "none"


def _stamp(item: Payload) -> str:
    """Name what a release says: GitHub tells no time of its last change everywhere."""
    told = item if isinstance(item, dict) else {}
    parts = [str(told.get(name)) for name in ("tag_name", "published_at", "draft", "body")]
    return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()
