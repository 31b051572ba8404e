"""Makes passages of posts: cleaned, cut, in a language, tagged as noise where they are."""

from __future__ import annotations

from collections.abc import Set

from insights.models import Passage, Post
from insights.pipeline.copies import settle
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.tagging import finish_tags, keys_of_corrected, own_tags, retag, spam_model
from insights.pipeline.templates import learn
from insights.store import passages, posts, templates
from insights.text.asked import forgetful
from insights.text.boilerplate import without
from insights.text.clean import clean
from insights.text.language import detect
from insights.text.noise import fingerprint, normal_form
from insights.text.passages import split
from insights.text.quote import bounds
from insights.text.spam import SpamModel

VERSION = 1
"""Raised when posts must be prepared again: the next run does it."""
BATCH = 1000


def prepare(engine: Engine, lease: Lease) -> int:
    """Prepare every post that is new or was edited; return how many."""
    learn(engine, lease, VERSION)
    with engine.database.read() as tx:
        of_source = templates.known(tx)
    done = 0
    while True:
        with engine.database.read() as tx:
            todo = posts.unprepared(tx, VERSION, BATCH)
            judge = spam_model(tx)
        if not todo:
            finish_tags(engine, lease, VERSION)
            return done
        with forgetful(["en"]):  # sentences are cut by one pipeline, which would keep every word
            made = [
                (key, passages_of(post, judge, of_source.get(post.source, frozenset())))
                for key, post in todo
            ]
        with lease.write() as tx:
            passages.save(tx, made, VERSION)
            keys = [key for key, _ in made]
            retag(tx, settle(tx, keys) | keys_of_corrected(tx, keys))
        done += len(todo)
        engine.progress("prepare", done, 0)


def passages_of(post: Post, judge: SpamModel, lines: Set[str] = frozenset()) -> list[Passage]:
    """Return what a post says, in passages with its title; none if nothing is left of it.

    `lines` are the templates of its source.
    """
    body = without(clean(post.text, post.markup).text, lines)
    title = clean(post.title, "plain").text if post.title else ""
    parts = [body[start:end] for start, end in split(body)]
    texts = [_joined(title, part) for part in parts] or [title]
    if not texts[0]:
        return []
    places = bounds(post.text, parts) or [(0, 0)]
    made = []
    for index, (text, part, place) in enumerate(zip(texts, parts or [""], places, strict=True)):
        tags = own_tags(post, text, judge)
        made.append(
            Passage(
                post_id=post.id,
                index=index,
                text=text,
                start=place[0],
                end=place[1],
                normal_hash=fingerprint(text),
                noise={name: tag.score for name, tag in tags.items()},
                reasons={name: tag.reason for name, tag in tags.items()},
                language=detect(part or text, post.language),
            )
        )
    return made


def _joined(title: str, text: str) -> str:
    """Say the title once: many platforms make it of the text's first words."""
    if not title or normal_form(text).startswith(normal_form(title)):
        return text or title
    end = "" if title[-1] in ".!?…:" else "."
    return f"{title}{end} {text}".strip()
