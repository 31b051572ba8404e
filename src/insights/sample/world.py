"""Makes the whole archive once: ten weeks of a community, and the list of what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from insights.sample.canaries import Canary, drop_canaries
from insights.sample.changes import change_minds
from insights.sample.days import END
from insights.sample.draft import Draft
from insights.sample.noise import add_bots, add_copies, add_flood, add_spam
from insights.sample.plants import (
    KINDS,
    TITLES,
    Planted,
    plant_outbreaks,
    plant_trends,
    talk,
)
from insights.sample.records import SOURCES, number
from insights.sample.threads import Community
from insights.sample.words import themes

BACKGROUND = ("background_help", "background_wishes", "background_talk")


@dataclass(frozen=True, slots=True)
class World:
    """All posts in the order of time, and what is planted among them."""

    drafts: tuple[Draft, ...]
    planted: tuple[Planted, ...]
    canaries: tuple[Canary, ...]


@cache
def world() -> World:
    """Make the archive; every call returns the same one."""
    community = Community()
    for name in BACKGROUND:
        for theme in themes(name).values():
            talk(community, theme, lambda _: 1.0)
    plant_trends(community)
    plant_outbreaks(community)
    add_spam(community)
    add_flood(community)
    add_copies(community)
    add_bots(community)
    drafts = [draft for draft in community.drafts if draft.at < END]
    change_minds(drafts, community.voice)
    dropped = drop_canaries(drafts)
    ordered = number(drafts)
    canaries = tuple(Canary(kind, text, draft.key) for kind, text, draft in dropped)
    secret = _planted("canaries", "canaries", "Personal data", [at for _, _, at in dropped])
    return World(tuple(ordered), (*_list(ordered), secret), canaries)


def _list(drafts: list[Draft]) -> Iterator[Planted]:
    for name, title in TITLES.items():
        yield _planted(KINDS[name], name, title, [post for post in drafts if post.plant == name])
    answered = {id(post.opener) for post in drafts if post.opener and post.plant != "bots"}
    yield _planted(
        "unanswered",
        "unanswered",
        "Questions in the forum that nobody answered",
        [
            post
            for post in drafts
            if post.source == "forum"
            and post.kind == "question"
            and post.opener is None
            and id(post) not in answered
        ],
    )
    for name, title in (
        ("spam", "Advertisements"),
        ("flood", "One account writes the same complaint all evening"),
        ("duplicates", "The same words by the same person in a second place"),
        ("bots", "Automatic messages"),
    ):
        yield _planted(name, name, title, [post for post in drafts if post.plant == name])
    changed = [post for post in drafts if post.changes]
    edits = [post for post in changed if any(change.text for change in post.changes)]
    gone = [post for post in changed if post.changes[-1].text is None]
    yield _planted("edits", "edits", "Posts that were edited later", edits)
    yield _planted("deletions", "deletions", "Posts that were deleted later", gone)


def _planted(kind: str, name: str, title: str, posts: list[Draft]) -> Planted:
    posts = sorted(posts, key=lambda post: post.at)
    days = [post.at.date() for post in posts]
    onset = days[0]
    crowd = {day: len({p.person.name for p in posts if p.at.date() == day}) for day in days}
    people = {post.person.name: None for post in posts}
    return Planted(
        kind=kind,
        name=name,
        title=title,
        sources=tuple(source for source in SOURCES if any(p.source == source for p in posts)),
        onset=onset,
        peak=max(crowd, key=lambda day: crowd[day]),
        post_ids=tuple(post.key for post in posts),
        people=tuple(people),
        onset_people=crowd[onset],
    )
