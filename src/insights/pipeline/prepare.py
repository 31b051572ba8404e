"""Makes passages of posts: cleaned, cut, in a language, tagged as noise where they are."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from insights.corpus import count_words
from insights.models import Passage, Post
from insights.pipeline.engine import Engine
from insights.pipeline.ingest import BOT
from insights.pipeline.lease import Lease
from insights.pipeline.templates import learn
from insights.store import passages, posts, templates
from insights.store.passages import DUPLICATE
from insights.text.boilerplate import without
from insights.text.clean import clean
from insights.text.language import detect
from insights.text.noise import fingerprint, noise, normal_form
from insights.text.passages import split
from insights.text.quote import bounds

VERSION = 2
"""Raised when posts must be prepared again: the next run does it."""
BATCH = 1000
LONG_ENOUGH = 5
"""Words from which two people do not write the same by chance."""


def prepare(engine: Engine, lease: Lease) -> int:
    """Prepare every post that is new or was edited; return how many."""
    learn(engine, lease, VERSION)
    with engine.database.read() as tx:
        of_source = templates.known(tx)
    done = 0
    while True:
        with engine.database.read() as tx:
            todo = posts.unprepared(tx, VERSION, BATCH)
        if not todo:
            return done
        made = [
            (key, passages_of(post, of_source.get(post.source, frozenset()))) for key, post in todo
        ]
        with lease.write() as tx:
            hashes = [passage.normal_hash for _, mine in made for passage in mine]
            tagged = _tag_duplicates(todo, made, passages.said_before(tx, hashes, VERSION))
            passages.save(tx, tagged, VERSION)
        done += len(todo)
        engine.progress("prepare", done, 0)


def passages_of(post: Post, lines: Set[str] = frozenset()) -> list[Passage]:
    """Return what a post says, in passages with its title; none if nothing is left of it.

    `lines` are the templates of its source. Noise is a property of the whole post.
    """
    body = without(clean(post.text, post.markup).text, lines)
    title = clean(post.title, "plain").text if post.title else ""
    spans = split(body)
    parts = [body[start:end] for start, end in spans]
    texts = [_joined(title, part) for part in parts] or [title]
    if not texts[0]:
        return []
    tags = {tag.name: tag.score for tag in noise(_joined(title, body), post)}
    if post.attributes.get(BOT):
        tags[BOT] = 1.0
    return [
        Passage(
            post_id=post.id,
            index=index,
            text=text,
            start=start,
            end=end,
            normal_hash=fingerprint(text),
            noise=tags,
            language=detect(part or text, post.language),
        )
        for index, (text, part, (start, end)) in enumerate(
            zip(texts, parts or [""], bounds(post.text, parts) or [(0, 0)], strict=True)
        )
    ]


def _joined(title: str, text: str) -> str:
    """Say the title once: many platforms make it of the text's first words."""
    if not title or normal_form(text).startswith(normal_form(title)):
        return text or title
    end = "" if title[-1] in ".!?…:" else "."
    return f"{title}{end} {text}".strip()


def _tag_duplicates(
    todo: Sequence[tuple[int, Post]],
    made: Sequence[tuple[int, list[Passage]]],
    before: dict[str, set[str | None]],
) -> list[tuple[int, list[Passage]]]:
    """Tag what was said before in the same words: by the same author, or at some length.

    Several people do write "it crashes"; they do not write the same long sentence.
    """
    said = {text_hash: set(authors) for text_hash, authors in before.items()}
    tagged = []
    for (key, mine), (_, post) in zip(made, todo, strict=True):
        kept = []
        for passage in mine:
            authors = said.setdefault(passage.normal_hash, set())
            long_enough = count_words(passage.text) >= LONG_ENOUGH
            if authors and (long_enough or (post.author is not None and post.author in authors)):
                passage = _tagged(passage)
            authors.add(post.author)
            kept.append(passage)
        tagged.append((key, kept))
    return tagged


def _tagged(passage: Passage) -> Passage:

    return replace(passage, noise={**passage.noise, DUPLICATE: 1.0})
