"""Makes passages of posts: cleaned, tagged as noise where they are, duplicates found."""

from __future__ import annotations

from insights.models import Passage, Post
from insights.pipeline.copies import settle
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.tagging import finish_tags, keys_of_corrected, own_tags, retag, spam_model
from insights.store import passages, posts
from insights.text.clean import clean
from insights.text.noise import fingerprint, normal_form
from insights.text.spam import SpamModel

VERSION = 1
"""Raised when posts must be prepared again: the next run does it."""
BATCH = 1000


def prepare(engine: Engine, lease: Lease) -> int:
    """Prepare every post that is new or was edited; return how many."""
    done = 0
    while True:
        with engine.database.read() as tx:
            todo = posts.unprepared(tx, VERSION, BATCH)
            judge = spam_model(tx)
        if not todo:
            finish_tags(engine, lease, VERSION)
            return done
        made = [(key, _passages(post, judge)) for key, post in todo]
        with lease.write() as tx:
            passages.save(tx, made, VERSION)
            keys = [key for key, _ in made]
            retag(tx, settle(tx, keys) | keys_of_corrected(tx, keys))
        done += len(todo)
        engine.progress("prepare", done, 0)


def _passages(post: Post, judge: SpamModel) -> list[Passage]:
    """Return the one passage of a post, title and text; none if nothing is left of either."""
    cleaned = clean(post.text, post.markup)
    title = clean(post.title, "plain").text if post.title else ""
    text = _joined(title, cleaned.text)
    if not text:
        return []
    tags = own_tags(post, text, judge)
    return [
        Passage(
            post_id=post.id,
            index=0,
            text=text,
            start=0,
            end=len(post.text),
            normal_hash=fingerprint(text),
            noise={name: tag.score for name, tag in tags.items()},
            reasons={name: tag.reason for name, tag in tags.items()},
        )
    ]


def _joined(title: str, text: str) -> str:
    """Say the title once: many platforms make it of the text's first words."""
    if not title or normal_form(text).startswith(normal_form(title)):
        return text or title
    end = "" if title[-1] in ".!?…:" else "."
    return f"{title}{end} {text}".strip()
