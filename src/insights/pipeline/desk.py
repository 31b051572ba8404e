"""What people may wish for topics: each wish is checked against what holds, and made or refused.

What each correction means stands in `insights.topics.corrections`. One that names what is not
there, or contradicts what holds, is refused with the reason and with what can be done instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from insights.corpus import day_of
from insights.errors import UsageError, unknown
from insights.models import Topic
from insights.pipeline import analyze
from insights.pipeline.analyze import State
from insights.pipeline.engine import Engine
from insights.store import posts, releases
from insights.text.redact import redact
from insights.topics.corrections import (
    Correction,
    Dismiss,
    Fixed,
    Merge,
    Move,
    Pin,
    Rename,
    Split,
    Track,
    number_of,
)
from insights.topics.electorate import Electorate
from insights.topics.label import Said, telling_words
from insights.versions import plain, read, same

LONGEST = 200


@dataclass(frozen=True)
class Desk:
    """What a correction is checked against: what holds since the last run.

    `as_of` is that run's, the archive's time; `model` is the encoder that it used.
    """

    engine: Engine
    state: State
    model: str
    as_of: datetime
    run_id: str

    def refuse_another_encoder(self) -> None:
        """Refuse if example texts would be read by another encoder than the archive was."""
        if self.model != self.engine.encoder.name:
            raise UsageError(
                f"the archive was read with {self.model}, and the settings name "
                f"{self.engine.encoder.name} since; run a night first: insights run"
            )

    def topic(self, topic_id: str) -> Topic:
        """Return a topic that can be corrected, or refuse."""
        known = {topic.id: topic for topic in self.state.topics}
        topic = known.get(topic_id)
        if topic is None:
            raise UsageError(unknown("topic", topic_id, sorted(known, key=number_of)[:10]))
        if topic.status == "merged":
            raise UsageError(
                f"{topic_id} was merged into {topic.merged_into}; name that one, or see "
                f"insights topics history {topic_id} for what can be undone"
            )
        return topic

    def living(self, topic_id: str) -> Topic:
        """Return a topic that has not ended, or refuse."""
        topic = self.topic(topic_id)
        if topic.status == "retired":
            raise UsageError(
                f"{topic_id} has ended and holds no post; see insights topics history {topic_id}"
            )
        return topic

    def rows(self, post_id: str) -> list[int]:
        """Return the rows of a post that a run has looked at, or refuse."""
        corpus = self.state.corpus
        found = np.flatnonzero((corpus.post_ids == post_id) & (corpus.topics > -2)).tolist()
        if found:
            return found
        with self.engine.database.read() as tx:
            held = posts.by_id(tx, [post_id])
        if held:
            raise UsageError(f"no run has looked at {post_id} yet; run one first: insights run")
        raise UsageError(
            f"no post is called '{post_id}'; its id is source:native-id, as in "
            "insights export assignments"
        )

    def newborn(self, title: str, rows: Sequence[int]) -> Topic:
        """Return a topic made by hand, under a number that no topic ever had."""
        corpus, style = self.state.corpus, self.state.style
        said = Said.at(corpus, np.array(rows, np.int64), style)
        others = Said.at(corpus, slice(-analyze.USUAL_TEXTS, None), style)
        words = telling_words(said, others) if said.texts else ()
        return Topic(
            number=max((topic.number for topic in self.state.topics), default=0) + 1,
            title=title,
            keywords=words,
            status="retired",
            born_at=self.as_of,
            run_id=self.run_id,
            size=0,
        )


Wish = Callable[[Desk], tuple[Correction, Topic | None]]
"""Makes a correction, and the topic that it gives birth to, or refuses with a UsageError."""


def rename(topic: str, title: str) -> Wish:
    """Give a topic a title that stays."""
    return lambda desk: (Rename(topic=desk.living(topic).id, title=_title(title)), None)


def merge(topic: str, into: str) -> Wish:
    """Make a topic part of another."""

    def wish(desk: Desk) -> tuple[Correction, None]:
        if topic == into:
            raise UsageError(f"{topic} cannot be merged into itself; name two topics")
        return Merge(topic=desk.living(topic).id, into=desk.living(into).id), None

    return wish


def split(named: Sequence[str], title: str) -> Wish:
    """Make a topic of posts that belong to others."""

    def wish(desk: Desk) -> tuple[Correction, Topic]:
        rows = [row for post_id in named for row in desk.rows(post_id)]
        if not rows:
            raise UsageError("name at least one post to split off")
        numbers = desk.state.corpus.topics
        sources = sorted({int(numbers[row]) for row in rows} - {-1})
        for number in sources:
            if np.isin(np.flatnonzero(numbers == number), rows).all():
                raise UsageError(
                    f"these are all posts of T{number}, nothing would stay; to give it another "
                    f"title: insights topics rename T{number}"
                )
        newborn = desk.newborn(_title(title), rows)
        return Split(
            topic=newborn.id,
            title=newborn.title,
            of=tuple(f"T{number}" for number in sources),
            posts=tuple(dict.fromkeys(named)),
            since=day_of(desk.as_of),
        ), newborn

    return wish


def move(post: str, to: str) -> Wish:
    """Put a post where it belongs."""

    def wish(desk: Desk) -> tuple[Correction, None]:
        desk.rows(post)
        return Move(topic=desk.living(to).id, post=post), None

    return wish


def dismiss(topic: str, reason: str, until: datetime) -> Wish:
    """Keep a topic out of digests and insights until a day."""

    def wish(desk: Desk) -> tuple[Correction, None]:
        if not reason.strip():
            raise UsageError("say why it is not a topic: --reason")
        if until <= desk.as_of:
            raise UsageError(
                f"--until {until:%Y-%m-%d} is past: the archive stands at "
                f"{desk.as_of:%Y-%m-%d %H:%M} UTC; give a later day"
            )
        return Dismiss(topic=desk.living(topic).id, reason=_line(reason), until=until), None

    return wish


def pin(topic: str) -> Wish:
    """Let a topic live whatever discovery makes of its members; a retired one lives again."""

    def wish(desk: Desk) -> tuple[Correction, None]:
        pinned = {said.topic for said in desk.state.said if isinstance(said, Pin)}
        if desk.topic(topic).id in pinned:
            raise UsageError(f"{topic} is pinned already; to let go of it: insights topics undo")
        return Pin(topic=topic), None

    return wish


def fixed(topic: str, release: str | None, at: datetime | None) -> Wish:
    """Say that a topic's problem is mended: since `at`, or the release's date, or the last run."""

    def wish(desk: Desk) -> tuple[Correction, None]:
        if release is not None and read(release) is None:
            raise UsageError(f"'{release}' is not a version; write it as in 4.2.1")
        since = at or _released(desk, release) or desk.as_of
        if since > datetime.now(UTC):
            raise UsageError(f"{since:%Y-%m-%d} is still to come; say it once it is out")
        named = plain(release) if release else None
        return Fixed(topic=desk.living(topic).id, at=since, release=named), None

    return wish


def _released(desk: Desk, release: str | None) -> datetime | None:
    """Return when a release came out, if it is known."""
    if release is None:
        return None
    with desk.engine.database.read() as tx:
        known = releases.every(tx)
    return next((r.released_at for r in known if same(r.version) == same(release)), None)


def track(title: str, like: Sequence[str], unlike: Sequence[str]) -> Wish:
    """Make a topic of what is like some posts or texts, and unlike others."""

    def wish(desk: Desk) -> tuple[Correction, Topic]:
        if not like:
            raise UsageError("name at least one example: --like POST or --like 'a text'")
        twice = set(like) & set(unlike)
        if twice:
            raise UsageError(f"'{min(twice)}' cannot be both like and unlike what is tracked")
        examples = {"like": _apart(desk, like), "unlike": _apart(desk, unlike)}
        rows = [row for post_id in examples["like"][0] for row in desk.rows(post_id)]
        newborn = desk.newborn(_title(title), rows)
        state = desk.state
        members = (state.found.numbers >= 0) & state.corpus.counted
        return Track(
            topic=newborn.id,
            title=newborn.title,
            like=examples["like"][0],
            like_texts=examples["like"][1],
            unlike=examples["unlike"][0],
            unlike_texts=examples["unlike"][1],
            floor=round(Electorate().floor(state.corpus.vectors, members), 4),
            model=desk.model,
        ), newborn

    return wish


def _apart(desk: Desk, examples: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tell posts from texts: an id has a colon and no space."""
    ids = [e for e in examples if ":" in e and not any(letter.isspace() for letter in e)]
    for post_id in ids:
        desk.rows(post_id)
    texts = [_line(example) for example in examples if example not in ids]
    if texts:
        desk.refuse_another_encoder()
    if not all(texts):
        raise UsageError("an example is empty")
    return tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(texts))


def _title(title: str) -> str:
    line = _line(title)
    if not line or len(line) > LONGEST:
        raise UsageError(f"a title has 1 to {LONGEST} letters; this one has {len(line)}")
    return line


def _line(text: str) -> str:
    """Return what a person typed as one line without personal data."""
    return redact(" ".join(text.split()))
