"""Insights, and digests as they were composed; what is erased is taken out of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from insights.store import deliveries
from insights.store import tables as t
from insights.store.rows import dicts, upsert


def save_insights(connection: Connection, run_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Replace the insights of a run."""
    connection.execute(delete(t.insight).where(t.insight.c.run_id == run_id))
    if rows:
        connection.execute(insert(t.insight), [{"run_id": run_id, **row} for row in rows])


def insights(connection: Connection, run_id: str | None = None) -> list[dict[str, Any]]:
    """Return insights by rank, of one run or of all."""
    query = select(t.insight).order_by(t.insight.c.run_id, t.insight.c.rank)
    return dicts(connection, query if run_id is None else query.where(t.insight.c.run_id == run_id))


def save(
    connection: Connection, digest_id: str, run_id: str, as_of: datetime, content: dict[str, Any],
    *, audience: str = "",
) -> None:  # fmt: skip
    """Keep the snapshot from which every format is rendered; letters that said otherwise go."""
    if get(connection, digest_id) not in (None, content):
        deliveries.forget_letters(connection, digest_id)
    row = {
        "id": digest_id, "run_id": run_id, "audience": audience, "as_of": as_of,
        "content": content,
    }  # fmt: skip
    upsert(connection, t.digest, [row])


def get(connection: Connection, digest_id: str) -> dict[str, Any] | None:
    """Return the content of one digest, or None."""
    query = select(t.digest.c.content).where(t.digest.c.id == digest_id)
    return connection.execute(query).scalar_one_or_none()


def save_evidence(
    connection: Connection, digest_id: str, evidence: dict[str, Any], made_at: datetime
) -> None:
    """Keep what the queries of a digest are about, and when it was composed."""
    mine = update(t.digest).where(t.digest.c.id == digest_id)
    connection.execute(mine.values(evidence=evidence, made_at=made_at, stale=False))


def evidence(connection: Connection, digest_id: str) -> tuple[dict[str, Any], datetime] | None:
    """Return what the queries of a digest are about, and when it was composed; None without."""
    query = select(t.digest.c.evidence, t.digest.c.made_at).where(t.digest.c.id == digest_id)
    row = connection.execute(query).first()
    return None if row is None or row.evidence is None else (row.evidence, row.made_at)


def stale(connection: Connection) -> list[str]:
    """Return the digests with posts behind their numbers that are gone since, oldest first."""
    query = select(t.digest.c.id).where(t.digest.c.stale).order_by(t.digest.c.as_of, t.digest.c.id)
    return list(connection.execute(query).scalars())


def rewrite(
    connection: Connection, digest_id: str, content: dict[str, Any], evidence: dict[str, Any]
) -> bool:
    """Put a corrected digest in place of what it was; say whether it is another one.

    Its deliveries become `outdated` then.
    """
    mine = t.digest.c.id == digest_id
    changed = get(connection, digest_id) != content
    values = {"content": content, "evidence": evidence, "stale": False}
    connection.execute(update(t.digest).where(mine).values(values))
    if changed:
        deliveries.withdraw(connection, digest_id)
    return changed


def before(connection: Connection, as_of: datetime, *, audience: str = "") -> dict[str, Any] | None:
    """Return the content of an audience's last digest before a time, or None."""
    query = (
        select(t.digest.c.content)
        .where(t.digest.c.as_of < as_of, t.digest.c.audience == audience)
        .order_by(t.digest.c.as_of.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return id, run, audience and time of all digests: newest first, of a run the whole first."""
    columns = t.digest.c["id", "run_id", "audience", "as_of"]
    order = (t.digest.c.as_of.desc(), t.digest.c.audience)
    return dicts(connection, select(*columns).order_by(*order))


def audience_of(connection: Connection, digest_id: str) -> str:
    """Return whose digest it is; empty for a whole one."""
    query = select(t.digest.c.audience).where(t.digest.c.id == digest_id)
    audience: str = connection.execute(query).scalar_one()
    return audience


def of_run(connection: Connection, run_id: str) -> dict[str, str]:
    """Return the digests of a run: audience by id, the whole first."""
    query = select(t.digest.c.id, t.digest.c.audience).where(t.digest.c.run_id == run_id)
    return {row.id: row.audience for row in connection.execute(query.order_by(t.digest.c.audience))}


Told = Callable[[str, datetime, datetime], bool]


def withdraw(
    connection: Connection,
    post_ids: Iterable[str],
    titles: Mapping[str, str],
    *,
    keywords: Set[str] = frozenset(),
    told: Told = lambda words, start, end: False,
    removed: Mapping[str, datetime] = MappingProxyType({}),
    expired: bool = False,
    at: datetime,
) -> int:
    """Take every quote of these posts, and these titles, out of every digest and insight.

    `titles` maps a title to what stands in its place. `keywords` leave with their mention, and
    so does what people ask for or say that fails, where `told` names it for the digest's period.
    Quotes leave the time `at` behind. `removed` are those of the posts that exist no more, by when
    they were written: their ids leave what queries are about, and digests that may have counted
    them become `stale`, or where posts are `expired` are counted again only from what is younger.
    What was delivered of a digest that changed becomes `outdated`, letters are forgotten. Returns
    how many digests changed.
    """
    gone = set(post_ids)
    if not gone:
        return 0
    changed = 0
    columns = t.digest.c["id", "as_of", "content", "evidence"]
    for row in dicts(connection, select(*columns)):
        whole = row["content"]
        start, end = (datetime.fromisoformat(whole["period"][name]) for name in ("start", "end"))
        during = partial(_during, told, start, end)
        content = _Lost(gone, titles, keywords, during, at).without(whole)
        about = _without_ids(row["evidence"], removed)
        since = row["as_of"] - max(COUNTED, QUARTER + (end - start), PERIODS * (end - start))
        told_of = [at for at in removed.values() if since <= at < row["as_of"]]
        values: dict[str, Any] = {"content": content} if content != whole else {}
        if about is not None and expired and told_of:
            kept = max([*told_of, datetime.fromisoformat(about.get("kept_since") or FIRST)])
            values["evidence"] = {**about, "kept_since": kept.isoformat()}
        elif about is not None and (told_of or about != row["evidence"]):
            values |= {"evidence": about, "stale": not expired}
        if values:
            mine = t.digest.c.id == row["id"]
            connection.execute(update(t.digest).where(mine).values(values))
        if "content" in values:
            deliveries.withdraw(connection, row["id"])
            changed += 1
    for row in dicts(connection, select(*t.insight.c["run_id", "id", "body"])) if titles else ():
        body = _Lost(gone, titles, keywords, lambda words: False, at).without(row["body"])
        if body != row["body"]:
            mine = (t.insight.c.run_id == row["run_id"]) & (t.insight.c.id == row["id"])
            connection.execute(update(t.insight).where(mine).values(body=body))
    return changed


def _during(told: Told, start: datetime, end: datetime, words: str) -> bool:
    return told(words, start, end)


def _without_ids(evidence: Any, removed: Mapping[str, datetime]) -> Any:
    """Return what queries are about without posts that are gone."""
    if isinstance(evidence, dict):
        return {name: _without_ids(value, removed) for name, value in evidence.items()}
    if isinstance(evidence, list):
        return [_without_ids(value, removed) for value in evidence if not _is_any(value, removed)]
    return evidence


def _is_any(value: Any, removed: Mapping[str, datetime]) -> bool:
    return isinstance(value, str) and value in removed


FIRST = datetime.min.replace(tzinfo=UTC).isoformat()
COUNTED = timedelta(weeks=9)
"""How old posts may be that a digest counts, besides those that it names."""
QUARTER, PERIODS = timedelta(days=91), 13
"""And those that the health of its community is measured on: a quarter ago, or so many periods."""
TITLED = ("title", "headline", "sentences", "text")
"""The fields of a digest, its items and its changes in which titles stand."""
SAID = ("asks_for", "fails", "conditions")
"""The fields of an item that hold people's own words with how many said them."""


@dataclass(frozen=True)
class _Lost:
    """What is to be taken out of a digest: posts, titles, keywords, and words that were told."""

    posts: set[str]
    titles: Mapping[str, str]
    keywords: Set[str]
    told: Callable[[str], bool]
    at: datetime

    def without(self, part: Any, field: str = "") -> Any:
        if isinstance(part, dict):
            if "post_id" in part:  # another person's quote: its words are not ours to change
                return part
            kept = {
                name: value
                if isinstance(value, str) and name not in TITLED
                else self.without(value, name)
                for name, value in part.items()
            }
            lost = len(part.get("quotes", ())) - len(kept.get("quotes", ()))
            if lost:
                kept["taken_out"] = [*kept.get("taken_out", ()), *[self.at.isoformat()] * lost]
            return kept
        if isinstance(part, list):
            return [self.without(value, field) for value in part if not self._goes(value, field)]
        if isinstance(part, str):
            for old, new in self.titles.items():
                part = part.replace(old, new)
        return part

    def _goes(self, value: Any, field: str) -> bool:
        if field == "keywords":
            return value in self.keywords
        if not isinstance(value, dict):
            return False
        return value.get("post_id") in self.posts or (field in SAID and self.told(value["name"]))
