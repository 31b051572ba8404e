"""Teaches the spam model from labelled posts and from what people corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from insights.errors import UsageError
from insights.models import Markup
from insights.pipeline.engine import Engine
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import VERSION
from insights.pipeline.tagging import SPAM_MODEL, finish_tags, said_of_noise, spam_model
from insights.store import classifiers, posts, tags
from insights.text.clean import clean
from insights.text.redact import redact
from insights.text.spam import SpamModel, count_links, features

if TYPE_CHECKING:
    from insights.text.spam_training import Figures

LEAST = 10
"""Examples of spam, and of what is none, below which nothing can be told about a model."""


@dataclass(frozen=True)
class Lesson:
    """What came of teaching: figures on posts that were left out, and whether it was kept.

    `before` are the figures of the model that was there.
    """

    examples: int
    spam: int
    corrected: int
    now: Figures
    before: Figures
    kept: bool


def train(engine: Engine, records: Sequence[Mapping[str, Any]] | None) -> Lesson:
    """Learn from records with `title`, `text` and `spam`, and from what people corrected.

    Records are learned from afresh, together with the seeds. Without records, what people
    corrected is added to what the model that is there knows, and the seeds keep it from being
    carried away. It is kept if it finds spam no worse than the one that is there; every post then
    gets its tags anew. UsageError if there is too little to learn from.
    """
    from insights.text.spam_training import figures, learn, left_out, seeds

    with engine.database.read() as tx:
        there, held, (corrected, truth) = spam_model(tx), _figure(tx), _corrected(tx)
    seed_texts, seed_truth = seeds()
    seeded = [features(text) for text in seed_texts]
    if records is None:
        if not corrected:
            raise UsageError("nobody has said yet what is spam: insights correct ID --is spam")
        found, spam = [*seeded, *corrected], [*seed_truth, *truth]
        also, known, base = [], [], there
    else:
        found = [*(_read(r.get("title"), r.get("text")) for r in records), *corrected]
        spam = [*(_label(r, n) for n, r in enumerate(records, start=1)), *truth]
        if min(sum(spam), len(spam) - sum(spam)) < LEAST:
            raise UsageError(f"give at least {LEAST} posts that are spam and {LEAST} that are not")
        also, known, base = seeded, seed_truth, None
    now = figures(spam, left_out(found, spam, also, known, base))
    before = figures(spam, [there.logit_of(of) >= 0 for of in found])
    if records is not None and held is not None and held < before.f1:
        before = before._replace(f1=held)  # it may know these very posts by heart
    kept = now.f1 >= before.f1
    if kept:
        _keep(engine, learn([*found, *also], [*spam, *known], base=base), now)
    return Lesson(len(spam), sum(spam), len(corrected), now, before, kept)


def _keep(engine: Engine, model: SpamModel, now: Figures) -> None:
    """Keep a model, and let every post have its tags anew, now or in the next run."""
    with Lease(engine.database) as lease:
        with lease.write() as tx:
            classifiers.save(tx, SPAM_MODEL, model.to_bytes(), {**now._asdict()})
            tags.put_off(tx, VERSION)
        finish_tags(engine, lease, VERSION)


def _figure(tx: Any) -> float | None:
    held = classifiers.get(tx, SPAM_MODEL)
    return None if held is None else float(held[1]["f1"])


def _corrected(tx: Any) -> tuple[list[dict[str, float]], list[bool]]:
    """Return the features of posts of which people said whether they are spam, and what."""
    said = {post: of["spam"] for post, of in said_of_noise(tx).items() if "spam" in of}
    found = posts.by_id(tx, said)
    return (
        [_read(post.title, post.text, post.markup) for post in found.values()],
        [said[post_id] for post_id in found],
    )


def _read(title: Any, text: Any, markup: Markup = "auto") -> dict[str, float]:
    """Return the features of a post as it is seen after import: private and clean."""
    title, text = redact(str(title or "")), redact(str(text or ""))
    words = [clean(title, "plain").text, clean(text, markup).text]
    return features(". ".join(part for part in words if part), count_links(text))


def _label(record: Mapping[str, Any], number: int) -> bool:
    label = record.get("spam")
    if not isinstance(label, bool):
        raise UsageError(f'record {number} does not say "spam": true or "spam": false')
    return label
