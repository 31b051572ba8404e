"""Puts together what speaks against counting a passage: detectors, copies, people's word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from insights.models import Post
from insights.pipeline.copies import DUPLICATE, settle_bereft, tags_of
from insights.pipeline.copies import NAMES as COPIES
from insights.pipeline.engine import Engine
from insights.pipeline.ingest import BOT
from insights.pipeline.lease import Lease
from insights.store import classifiers, copies, corrections, posts, tags
from insights.text.noise import Tag, noise
from insights.text.spam import SpamModel, shipped

BATCH = 1000
SPAM_MODEL = "spam filter"
"""The name under which a taught spam model is kept."""
CORRECTABLE = ("spam", "bot", "thanks", "plus_one", DUPLICATE)
"""What a person can say that a post is or is not; `duplicate` stands for every kind of copy."""


def spam_model(tx: Any) -> SpamModel:
    """Return the spam model that was taught here, or the shipped one."""
    held = classifiers.get(tx, SPAM_MODEL)
    return shipped() if held is None else _read(held[0])


@lru_cache(maxsize=2)
def _read(body: bytes) -> SpamModel:
    return SpamModel.from_bytes(body)


def own_tags(post: Post, text: str, judge: SpamModel) -> dict[str, Tag]:
    """Return what the detectors say of a post by a passage's text, by name."""
    found = {tag.name: tag for tag in noise(text, post, judge)}
    if post.attributes.get(BOT):
        found[BOT] = Tag(BOT, 1.0, "the account's name says that it is a program")
    return found


def retag(tx: Any, keys: Iterable[int]) -> None:
    """Write the tags of posts anew: detectors, then copies, then what people said, which wins."""
    judge, said = spam_model(tx), said_of_noise(tx)
    given: dict[int, tuple[dict[str, float], dict[str, str]]] = {}
    rows = tags.tagged(tx, keys)
    repeated = copies.held(tx, [passage for _, _, texts in rows for passage in texts])
    for _, post, texts in rows:
        for passage, text in texts.items():
            found = own_tags(post, text, judge)
            if passage in repeated:
                found |= {tag.name: tag for tag in tags_of(repeated[passage])}
            found = _corrected(found, said.get(post.id, {}))
            given[passage] = (
                {name: tag.score for name, tag in found.items()},
                {name: tag.reason for name, tag in found.items()},
            )
    tags.save(tx, given)


def said_of_noise(tx: Any) -> dict[str, dict[str, bool]]:
    """Return what people said in force, by post: tag names, each True or False."""
    found: dict[str, dict[str, bool]] = {}
    for entry in corrections.in_force(tx, "noise"):
        found.setdefault(entry["subject"], {}).update(entry["body"]["noise"])
    return found


def keys_of_corrected(tx: Any, keys: Sequence[int]) -> set[int]:
    """Return those of these posts about which people said something."""
    said = said_of_noise(tx)
    if not said:
        return set()
    return set(keys) & set(posts.keys_of(tx, said).values())


def finish_tags(engine: Engine, lease: Lease, version: int) -> None:
    """Decide about copies that lost their original, then give waiting posts their tags anew."""
    while True:
        with engine.database.read() as tx:
            bereft = copies.bereft(tx, 1)
        if not bereft:
            break
        with lease.write() as tx:
            retag(tx, settle_bereft(tx))
    finished = 0
    while True:
        with engine.database.read() as tx:
            keys = tags.waiting(tx, version, BATCH)
        if not keys:
            return
        with lease.write() as tx:
            retag(tx, keys)
            tags.done(tx, keys, version)
        finished += len(keys)
        engine.progress("tag", finished, 0)


def _corrected(found: Mapping[str, Tag], said: Mapping[str, bool]) -> dict[str, Tag]:
    left = dict(found)
    for name, holds in said.items():
        for same in COPIES if name == DUPLICATE else (name,):
            left.pop(same, None)
        if holds:
            left[name] = Tag(name, 1.0, "a person said so")
    return left
