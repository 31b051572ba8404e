"""Commands that read topics, tell their past, and take people's corrections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from insights.cli import terminal

if TYPE_CHECKING:
    from insights.pipeline.desk import Wish

topics = App(
    "topics",
    help="""Read topics, tell what became of them, and correct them.

A correction holds at once and on every later night, until it is undone:
insights topics undo. What each one means: docs/corrections.md.""",
)

By = Annotated[str | None, Parameter(help="who says so; the user of this system by default")]
TopicId = Annotated[str, Parameter(help="e.g. T12")]
DISMISSED_DAYS = 90
SUBTOPIC_WORDS = 5


@topics.command(name="list")
def list_topics(
    *, limit: Annotated[int, Parameter(help="how many, the largest first")] = 50
) -> None:
    """List active topics with their posts and people; pinned ones first, whatever their size.

    Example: insights topics list --limit 10
    """
    from insights.store import corrections
    from insights.store import topics as held

    with terminal.workspace().database.read() as tx:
        rows = [row for row in held.exported(tx) if row["status"] == "active"]
        said = corrections.in_force(tx, corrections.TOPIC)
    pinned = {entry["subject"] for entry in said if entry["body"]["action"] == "pin"}
    rows = [row for row in rows if row["posts"] or row["id"] in pinned]
    rows.sort(key=lambda row: (row["id"] not in pinned, -row["people"], row["number"]))
    for row in rows[:limit]:
        title = terminal.one_line(row["title"], 70)
        mark = "  (pinned)" if row["id"] in pinned else ""
        people = terminal.between(row["people"], row["accounts"])
        print(f"{row['id']:>6}  {people:>6} people {row['posts']:>7,} posts  {title}{mark}")
    if len(rows) > limit:
        terminal.say(f"… {len(rows) - limit} more; see --limit")
    if not rows:
        terminal.say(
            "there is no topic; topics are made by: insights run, of at least three passages that "
            "are no noise and no copies (insights noise tells which are)"
        )


@topics.command
def show(
    topic_id: TopicId, *, posts: Annotated[int, Parameter(help="how many, newest first")] = 5
) -> None:
    """Show a topic: what it is called, how it stands, its subtopics and its newest posts.

    Example: insights topics show T12 --posts 20
    """
    from insights.errors import UsageError
    from insights.pipeline import subtopics
    from insights.store import topics as held

    space = terminal.workspace()
    with space.database.read() as tx:
        rows = [row for row in held.exported(tx) if row["id"] == topic_id]
        newest = held.newest(tx, topic_id, posts)
    if not rows:
        raise UsageError(f"no topic is called '{topic_id}'; see insights topics list")
    (row,) = rows
    into = f" into {row['merged_into']}" if row["merged_into"] else ""
    terminal.tell(f"{row['id']}  {row['title']}")
    terminal.tell(f"{row['status']}{into}, born {row['born_at']:%Y-%m-%d}")
    people = terminal.between(row["people"], row["accounts"])
    terminal.tell(f"{row['posts']:,} posts by {people} people")
    terminal.tell(f"keywords: {', '.join(row['keywords']) or 'none'}")
    for part in subtopics.rows(space.engine(terminal.Progress()), topic_id):
        title = terminal.one_line(part["title"], 70)
        terminal.tell(f"  {part['people']:>6,} people {part['posts']:>7,} posts  {title}")
        terminal.tell(f"{'':>30}{', '.join(part['keywords'][:SUBTOPIC_WORDS])}")
    for post in newest:
        text = terminal.one_line(post["text"], 90)
        terminal.tell(f"  {post['created_at']:%Y-%m-%d}  {post['post_id']}  {text}")


@topics.command
def rename(topic_id: TopicId, title: str, *, by: By = None) -> None:
    """Give a topic a title that no night changes.

    Example: insights topics rename T12 "Uploads stall on iOS 18"
    """
    from insights.pipeline import desk

    _correct(desk.rename(topic_id, title), by)


@topics.command
def merge(
    topic_id: TopicId,
    *,
    into: Annotated[str, Parameter(help="the topic that goes on")],
    by: By = None,
) -> None:
    """Make a topic part of another: all that belongs or will belong to it goes there.

    Example: insights topics merge T12 --into T3
    """
    from insights.pipeline import desk

    _correct(desk.merge(topic_id, into), by)


@topics.command
def split(
    *posts: Annotated[str, Parameter(help="source:native-id")],
    title: Annotated[str, Parameter(help="of the new topic")],
    by: By = None,
) -> None:
    """Split posts off into a new topic; later posts that are nearer to them join it.

    Example: insights topics split forum:81 forum:94 --title "Sign-in with SSO loops"
    """
    from insights.pipeline import desk

    _correct(desk.split(posts, title), by)


@topics.command
def move(
    post: Annotated[str, Parameter(help="source:native-id")],
    *,
    to: Annotated[str, Parameter(help="the topic that it belongs to")],
    by: By = None,
) -> None:
    """Say where one post belongs; it draws no other post along.

    Example: insights topics move forum:81 --to T3
    """
    from insights.pipeline import desk

    _correct(desk.move(post, to), by)


@topics.command
def dismiss(
    topic_id: TopicId,
    *,
    reason: Annotated[str, Parameter(help="why this is not a topic")],
    until: Annotated[str | None, Parameter(help="the day it comes back; in 90 days")] = None,
    by: By = None,
) -> None:
    """Keep a topic out of digests and insights until a day; its posts stay with it.

    Example: insights topics dismiss T12 --reason "greetings" --until 2027-01-01
    """
    from datetime import timedelta

    from insights.pipeline import desk

    day = terminal.moment(until, "--until")
    _correct(
        desk.dismiss(topic_id, reason, day if until else day + timedelta(days=DISMISSED_DAYS)), by
    )


@topics.command
def pin(topic_id: TopicId, *, by: By = None) -> None:
    """Let a topic live whatever becomes of its posts, and list it first.

    Example: insights topics pin T12
    """
    from insights.pipeline import desk

    _correct(desk.pin(topic_id), by)


@topics.command
def fixed(
    topic_id: TopicId,
    *,
    release: Annotated[str | None, Parameter(help="the version that mends it")] = None,
    at: Annotated[str | None, Parameter(help="since when; by default the release's date")] = None,
    by: By = None,
) -> None:
    """Say that a topic's problem is fixed: should it come back, that is a regression.

    Example: insights topics fixed T12 --release 4.2.1
    """
    from insights.pipeline import desk

    _correct(desk.fixed(topic_id, release, terminal.moment(at, "--at") if at else None), by)


@topics.command
def track(
    title: str,
    *,
    like: Annotated[list[str], Parameter(help="a post's id, or a text; again for more")],
    unlike: Annotated[list[str] | None, Parameter(help="what it is not, the same way")] = None,
    by: By = None,
) -> None:
    """Make a topic by hand, from examples of what it is and what it is not.

    Example: insights topics track "Offline maps" --like forum:81 --like "maps without a network"
    """
    from insights.pipeline import desk

    _correct(desk.track(title, like, unlike or ()), by)


@topics.command
def undo(
    number: Annotated[int | None, Parameter(help="of a correction; the latest by default")] = None,
    *,
    by: By = None,
) -> None:
    """Take a correction back: what holds is as if it had never been made.

    Example: insights topics undo 4
    """
    from insights.pipeline import curate

    engine = terminal.workspace().engine(terminal.Progress())
    taken, said = curate.undo(engine, number, by=by or terminal.account())
    print(f"correction {taken} is undone: {said.action} {said.topic}")


@topics.command
def history(
    topic_id: Annotated[str | None, Parameter(help="e.g. T12; all if none is given")] = None,
) -> None:
    """Tell what became of topics, and what people said of them, in order.

    Example: insights topics history T12
    """
    from insights.errors import UsageError
    from insights.store import topics as held

    with terminal.workspace().database.read() as tx:
        entries = held.history(tx, topic_id)
    if topic_id and not entries:
        raise UsageError(f"no topic is called '{topic_id}'; see insights topics list")
    for entry in entries:
        terminal.tell(_told(entry))
    if not entries:
        terminal.say("nothing has become of any topic yet; topics are made by: insights run")


def _told(entry: Mapping[str, Any]) -> str:
    others = f" {', '.join(entry['others'])}" if entry["others"] else ""
    line = f"{entry['at']:%Y-%m-%d %H:%M}  {entry['topic_id']} {entry['event']}{others}"
    if entry["by"] is None:
        share = f" ({entry['share']:.0%} of its members)" if entry["share"] is not None else ""
        return line + share
    detail = entry["detail"]
    said = [str(detail[name]) for name in ("undoes", "title", "post", "reason") if name in detail]
    if "until" in detail:
        said.append(f"until {detail['until'][:10]}")
    if entry["event"] == "fixed":
        said.append(f"since {detail['at'][:10]}")
        said += [f"in {detail['release']}"] if detail.get("release") else []
    if entry["event"] == "split":
        said += detail["posts"]
    return f"{line} by {entry['by']}, correction {detail['correction']}: {'; '.join(said)}".rstrip(
        ": "
    )


def _correct(wish: Wish, by: str | None) -> None:
    from insights.pipeline import curate

    engine = terminal.workspace().engine(terminal.Progress())
    number, said = curate.correct(engine, wish, by=by or terminal.account())
    print(f"correction {number}: {said.action} {said.topic}")
    terminal.say(f"it holds from now on; take it back with: insights topics undo {number}")
