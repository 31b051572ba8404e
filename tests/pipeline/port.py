"""A forum that is pulled and asked again, and a way to let days pass over what is stored of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import SecretStr
from sqlalchemy import text

from connectors.discourse import Discourse, DiscourseOptions
from insights.http import Http
from insights.models import Terms
from insights.pipeline.engine import Engine, Source, SourceOptions
from insights.store import Database, posts, pulls
from tests.connectors.forum import Forum

NIGHT = datetime(2026, 3, 2, 2, tzinfo=UTC)
NIGHTS = tuple(NIGHT + timedelta(days=day) for day in range(40))
Handler = Callable[[httpx.Request], httpx.Response]


def source(
    forum: Forum,
    *,
    handler: Handler | None = None,
    recheck_posts: int = 200,
    retention_days: int | None = None,
    terms: Terms | None = None,
) -> Source:
    """Return a scripted forum as a configured source; `handler` may stand in front of it."""
    http = Http(transport=httpx.MockTransport(handler or forum), sleep=lambda _: None)
    options = DiscourseOptions(url="https://forum.example", api_key=SecretStr(forum.token))
    return Source(
        "forum",
        "discourse",
        lambda: Discourse("forum", options, http=http),
        http,
        SourceOptions(recheck_posts=recheck_posts, retention_days=retention_days),
        terms or Terms(),
    )


def filled(number: int) -> Forum:
    """Return a forum with posts that differ in every word that counts."""
    forum = Forum()
    for place in range(number):
        forum.add(f"The lantern number {place} went out in room {place}")
    return forum


def days_pass(database: Database, days: float) -> None:
    """Let what was checked and told be `days` older than it is."""
    past = timedelta(days=days)
    with database.write() as tx:
        for table in ("post", "tombstone"):
            for row in tx.execute(text(f"SELECT DISTINCT checked_at FROM {table}")).all():
                at = datetime.fromisoformat(row[0]) if isinstance(row[0], str) else row[0]
                tx.execute(
                    text(f"UPDATE {table} SET checked_at = :then WHERE checked_at = :at"),
                    {"then": _plain(row[0], at - past), "at": row[0]},
                )


def _plain(like: object, at: datetime) -> object:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(like, str) else at


def held(engine: Engine) -> dict[str, str]:
    """Return the texts of the stored posts by native id."""
    with engine.database.read() as tx:
        return {post.native_id: post.text for post, _ in posts.exported(tx)}


def night(engine: Engine, at: datetime, kind: str = pulls.RECHECK) -> dict:
    """Return what was written down of the forum's visit in one night."""
    with engine.database.read() as tx:
        rows = pulls.between(tx, at - timedelta(seconds=1), at, "forum")
    (row,) = [row for row in rows if row["kind"] == kind]
    return row
