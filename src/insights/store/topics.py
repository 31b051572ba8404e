"""Topics, their members and the ledger of what became of them.

A topic's `title`, `status` and `merged_into`, and an assignment's `topic_id` and `score`, are what
holds after people's corrections. The columns `found_…` beside them are what discovery found, on
which it goes on the next night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, bindparam, cast, func, insert, select, update

from insights.corpus import count_words
from insights.store import corrections
from insights.store import tables as t
from insights.store.rows import dicts, pieces, upsert

SHOWN = (
    "id", "number", "title", "keywords", "parent_id", "status", "merged_into", "born_at", "run_id",
    "size",
)  # fmt: skip
A_QUOTE = 4
"""Words from which on a title or example that a person typed may be somebody's words."""


def every(connection: Connection) -> list[dict[str, Any]]:
    """Return all topics in order of birth."""
    return dicts(connection, select(t.topic).order_by(t.topic.c.number))


def exported(connection: Connection) -> list[dict[str, Any]]:
    """Return all topics with the posts and people that belong to them.

    Accounts of one person count once in `people`, each by itself in `accounts`.
    """
    author = func.coalesce(t.post.c.author, "post " + cast(t.post.c.id, String))
    members = (
        select(
            t.assignment.c.topic_id,
            func.count(t.post.c.id.distinct()).label("posts"),
            func.count(func.coalesce(t.account.c.person, author).distinct()).label("people"),
            func.count(author.distinct()).label("accounts"),
        )
        .join(t.passage, t.passage.c.id == t.assignment.c.passage_id)
        .join(t.post, t.post.c.id == t.passage.c.post_id)
        .outerjoin(t.account, t.account.c.author == t.post.c.author)
        .group_by(t.assignment.c.topic_id)
        .subquery()
    )
    counts = ("posts", "people", "accounts")
    query = (
        select(
            *t.topic.c[*SHOWN],
            *(func.coalesce(members.c[name], 0).label(name) for name in counts),
        )
        .outerjoin(members, members.c.topic_id == t.topic.c.id)
        .order_by(t.topic.c.number)
    )
    return dicts(connection, query)


def newest(connection: Connection, topic_id: str, limit: int) -> list[dict[str, Any]]:
    """Return the newest passages of a topic: `post_id`, `created_at`, `text`."""
    query = (
        select(
            (t.post.c.source + ":" + t.post.c.native_id).label("post_id"),
            t.post.c.created_at,
            t.passage.c.text,
        )
        .join(t.passage, t.passage.c.post_id == t.post.c.id)
        .join(t.assignment, t.assignment.c.passage_id == t.passage.c.id)
        .where(t.assignment.c.topic_id == topic_id)
        .order_by(t.post.c.created_at.desc(), t.post.c.source, t.post.c.native_id)
        .limit(limit)
    )
    return dicts(connection, query)


def save(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write topics, new and changed ones alike; all rows carry the same columns.

    What discovery found is what holds, unless a row says otherwise.
    """
    found = {"found_title": "title", "found_status": "status", "found_into": "merged_into"}
    filled = [{**{name: row.get(like) for name, like in found.items()}, **row} for row in rows]
    upsert(connection, t.topic, filled)


def save_centres(
    connection: Connection, centres: Mapping[str, bytes], model: str, *, forgotten: Iterable[str]
) -> None:
    """Write the centres of topics, made with an encoder; those of other encoders are forgotten."""
    old = t.topic.c.centre_model != model
    connection.execute(update(t.topic).where(old).values(centre=None, centre_model=None))
    for piece in pieces(forgotten):
        gone = t.topic.c.id.in_(piece) & t.topic.c.centre.is_not(None)
        connection.execute(update(t.topic).where(gone).values(centre=None, centre_model=None))
    rows = [{"key": topic_id, "mean": centre} for topic_id, centre in centres.items()]
    if rows:
        statement = update(t.topic).where(t.topic.c.id == bindparam("key"))
        connection.execute(statement.values(centre=bindparam("mean"), centre_model=model), rows)


def forget_centres(connection: Connection, post_ids: Iterable[str]) -> set[str]:
    """Forget the centres of the topics that these posts are in; return the topics' ids."""
    found: set[str] = set()
    for post_id in post_ids:
        source, _, native_id = post_id.partition(":")
        a = t.assignment.c
        query = (
            select(a.topic_id, a.found_id)
            .join(t.passage, t.passage.c.id == a.passage_id)
            .join(t.post, t.post.c.id == t.passage.c.post_id)
            .where(t.post.c.source == source, t.post.c.native_id == native_id)
        )
        for row in connection.execute(query):
            found.update(topic for topic in row if topic is not None)
    for piece in pieces(sorted(found)):
        statement = update(t.topic).where(t.topic.c.id.in_(piece))
        connection.execute(statement.values(centre=None, centre_model=None))
    return found


def drop_keywords(connection: Connection, gone: Callable[[str], bool]) -> set[str]:
    """Drop the keywords that `gone` names and that fewer than two people of a topic still say.

    Returns those that no topic has any more.
    """
    rows = connection.execute(select(t.topic.c.id, t.topic.c.keywords)).all()
    dropped: set[str] = set()
    kept: set[str] = set()
    for row in rows:
        said = [w for w in row.keywords if not gone(w) or _said_by(connection, row.id, w) > 1]
        kept.update(said)
        if len(said) < len(row.keywords):
            dropped.update(set(row.keywords).difference(said))
            mine = update(t.topic).where(t.topic.c.id == row.id)
            connection.execute(mine.values(keywords=said))
    return dropped - kept


def _said_by(connection: Connection, topic_id: str, words: str) -> int:
    query = (
        select(func.count(func.coalesce(t.account.c.person, t.post.c.author).distinct()))
        .select_from(t.post)
        .outerjoin(t.account, t.account.c.author == t.post.c.author)
        .join(t.passage, t.passage.c.post_id == t.post.c.id)
        .join(t.assignment, t.assignment.c.passage_id == t.passage.c.id)
        .where(
            t.assignment.c.topic_id == topic_id, t.passage.c.text.icontains(words, autoescape=True)
        )
    )
    return int(connection.execute(query).scalar_one())


def dismissed(connection: Connection) -> frozenset[str]:
    """Return the topics that somebody dismissed: they are told to nobody."""
    query = select(t.topic.c.id).where(t.topic.c.status == "dismissed")
    return frozenset(connection.execute(query).scalars())


def titles(connection: Connection) -> dict[str, str]:
    """Return every title of a topic or signal, with what can stand in its place: keywords."""
    rows = connection.execute(select(t.topic.c.id, t.topic.c.found_title, t.topic.c.keywords))
    described = {row.id: (row.found_title, ", ".join(row.keywords[:4]) or row.id) for row in rows}
    plain = dict(described.values())
    for entry in corrections.history(connection, corrections.TOPIC):
        for words in corrections.words(entry["body"]):
            if count_words(words) >= A_QUOTE:
                plain.setdefault(words, described.get(entry["subject"], ("", entry["subject"]))[1])
    for row in connection.execute(select(t.signal.c.id, t.signal.c.title)):
        plain.setdefault(row.title, f"{row.id} (its title was erased)")
    return plain


def retitle(connection: Connection, changed: Mapping[str, str]) -> None:
    """Put other titles in the place of these, also in what people corrected."""
    for column in (t.topic.c.title, t.topic.c.found_title, t.signal.c.title):
        for old, new in changed.items():
            statement = update(column.table).where(column == old)
            connection.execute(statement.values({column.name: new}))
    corrections.reword(connection, changed)


def assign(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what topic a passage belongs to (None: the novelty pool), with its score 0..1.

    Passages that were erased or edited since they were read are left out. What discovery found
    is what holds, unless a row says otherwise.
    """
    rows = [{"found_id": row["topic_id"], "found_score": row["score"], **row} for row in rows]
    here: set[int] = set()
    for piece in pieces(row["passage_id"] for row in rows):
        query = select(t.passage.c.id).where(t.passage.c.id.in_(piece))
        here.update(connection.execute(query).scalars())
    upsert(connection, t.assignment, [row for row in rows if row["passage_id"] in here])


def reassign(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write where passages belong after corrections: `key`, `held_id`, `held_score`."""
    if rows:
        statement = update(t.assignment).where(t.assignment.c.passage_id == bindparam("key"))
        statement = statement.values(topic_id=bindparam("held_id"), score=bindparam("held_score"))
        connection.execute(statement, list(rows))


def assigned(connection: Connection) -> dict[int, tuple[str | None, float, float]]:
    """Return, by passage, the topic and score that discovery found, and the score that holds."""
    columns = t.assignment.c["passage_id", "found_id", "found_score", "score"]
    rows = connection.execute(select(*columns))
    return {row.passage_id: (row.found_id, row.found_score or 0.0, row.score) for row in rows}


def last_event(connection: Connection) -> int:
    """Return the number of the latest entry of the ledger, 0 where there is none."""
    return connection.execute(select(func.max(t.ledger.c.id))).scalar_one() or 0


def record(
    connection: Connection, run_id: str, at: datetime, events: Sequence[dict[str, Any]]
) -> None:
    """Append events to the ledger: `event`, `topic_id`, `others`, `share`, `detail`."""
    if events:
        connection.execute(
            insert(t.ledger), [{"run_id": run_id, "at": at, **event} for event in events]
        )


def history(connection: Connection, topic_id: str | None = None) -> list[dict[str, Any]]:
    """Return what became of topics, oldest first; of one also where it is among the others.

    People's corrections stand among the entries in the order in which everything happened: those
    of runs have a `run_id`, those of people have `by`, and their number in `detail`.
    """
    columns = t.ledger.c["id", "run_id", "at", "event", "topic_id", "others", "share", "detail"]
    entries = dicts(connection, select(*columns))
    for entry in entries:
        entry |= {"by": None, "place": (entry.pop("id"), 0)}
    after = 0
    for said in corrections.history(connection, corrections.TOPIC):
        after = said["body"].get("after", after)
        entries.append({**corrections.told(said), "run_id": None, "place": (after, said["id"])})
    entries.sort(key=lambda entry: entry["place"])
    for entry in entries:
        del entry["place"]
    if topic_id is None:
        return entries
    return [e for e in entries if e["topic_id"] == topic_id or topic_id in e["others"]]
