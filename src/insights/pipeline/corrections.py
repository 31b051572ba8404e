"""Takes people's word about posts: what is noise, what is not, and what the author wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from insights.errors import UsageError, unknown
from insights.models import INTENTS
from insights.pipeline.engine import Engine
from insights.pipeline.tagging import CORRECTABLE, retag
from insights.store import corrections, posts, tags

KINDS = ("noise", "intent", "feedback")


def correct(
    engine: Engine,
    post_id: str,
    *,
    by: str,
    noise: Mapping[str, bool] | None = None,
    intents: Sequence[str] | None = None,
) -> list[int]:
    """Note what a person says of a post, and apply it; return the numbers of the entries.

    It holds from now on, whatever detectors and classifiers say, through edits and preparing
    again. An entry names the post and holds no words of it; when the post is erased it stays and
    applies to nothing. UsageError if there is no such post or no such tag or intent.

    Args:
        engine: the archive.
        post_id: `source:native-id`.
        by: who says it.
        noise: names of `tagging.CORRECTABLE`, each whether the post is that.
        intents: every intent that the post has; it has none of the others.
    """
    bodies = _bodies(noise or {}, intents)
    now = datetime.now(UTC)
    with engine.database.write() as tx:
        key = posts.keys_of(tx, [post_id]).get(post_id)
        if key is None:
            raise UsageError(f"there is no post {post_id}; ids are written source:native-id")
        numbers = [
            corrections.add(tx, at=now, by=by, kind=kind, subject=post_id, body={kind: body})
            for kind, body in bodies.items()
        ]
        retag(tx, [key])
        override_intents(tx, [post_id])
    return numbers


def undo(engine: Engine, number: int, *, by: str) -> str:
    """Take a correction back; return the post, or the item of a digest, that it was about.

    Tags are what the detectors say at once; intents are read again by the next run.
    """
    with engine.database.write() as tx:
        held = {e["id"]: e for kind in KINDS for e in corrections.in_force(tx, kind)}
        if number not in held:
            raise UsageError(
                f"no correction of noise, intents or digests in force has the number {number}"
            )
        corrections.undo(tx, number, at=datetime.now(UTC), by=by)
        subject = str(held[number]["subject"])
        for key in posts.keys_of(tx, [subject]).values():
            retag(tx, [key])
            if held[number]["kind"] == "intent":
                tags.forget_intents(tx, key)
    return subject


def override_intents(tx: Any, only: Sequence[str] | None = None) -> None:
    """Put what people said in place of what the classifier read, of all posts or of these."""
    said: dict[str, dict[str, bool]] = {}
    for entry in corrections.in_force(tx, "intent"):
        if only is None or entry["subject"] in only:
            said.setdefault(entry["subject"], {}).update(entry["body"]["intent"])
    for post_id, key in posts.keys_of(tx, said).items():
        tags.override_intents(tx, [key], said[post_id])


def _bodies(noise: Mapping[str, bool], intents: Sequence[str] | None) -> dict[str, dict[str, bool]]:
    for name in noise:
        if name not in CORRECTABLE:
            raise UsageError(unknown("tag", name, CORRECTABLE))
    for name in intents or ():
        if name not in INTENTS:
            raise UsageError(unknown("intent", name, INTENTS))
    bodies = {"noise": dict(noise)} if noise else {}
    if intents is not None:
        bodies["intent"] = {name: name in intents for name in INTENTS}
    if not bodies:
        raise UsageError("say what the post is, e.g. --is spam, --is-not bot, --intent problem")
    return bodies
