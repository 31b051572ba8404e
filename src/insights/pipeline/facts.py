"""Reads from every passage, once, what its words say: what is asked, what fails, who leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from insights.models import Span
from insights.pipeline.engine import Engine, Options
from insights.pipeline.lease import Lease
from insights.signals.sentiment import sentiment
from insights.signals.severity import severity
from insights.store import passages
from insights.text.asked import forgetful, spans
from insights.text.clean import clean
from insights.text.mentions import MentionOptions, Mentions, counts
from insights.text.reading import ASKS_FOR, CONDITION, FAILS, LEAVES, SWITCHES_TO

VERSION = 1
"""Raised when facts must be read again: the next run does it."""
BATCH = 2000
SPANS = (ASKS_FOR, FAILS, CONDITION, LEAVES, SWITCHES_TO)

Facts = dict[str, Any]


def learn(engine: Engine, lease: Lease) -> int:
    """Read the facts of passages that are new, or were read with other lists; return how many."""
    made_by, done = _made_by(engine.options), 0
    while True:
        with engine.database.read() as tx:
            todo = passages.without_facts(tx, made_by, BATCH)
        if not todo:
            return done
        with forgetful(row.language or engine.options.language for row in todo):
            found = [
                (row.id, facts(row.text, engine.options, row.language, row.rating)) for row in todo
            ]
        with lease.write() as tx:
            passages.save_facts(tx, found, made_by)
        done += len(todo)
        engine.progress("facts", done, 0)


def facts(
    text: str, options: Options, language: str | None = None, rating: float | None = None
) -> Facts:
    """Return what a text says, as it is stored: what is not said is not there.

    Spans hold their words and where in `text` they stand. `severity` holds score (0..1), level
    and cue; `mentions` the counts of names by list.
    """
    named = _mentions(options.mentions.model_dump_json()).spans(text)
    rivals = [span for span in named if span.kind.startswith("competitors/")]
    found: Facts = {}
    for span in spans(text, language or options.language, rivals):
        found.setdefault(span.kind, []).append(_told(text, span))
    bad = severity(text, rating)
    if bad:
        found["severity"] = {"score": bad.score, "level": bad.level, "cue": bad.cue}
    if named:
        found["mentions"] = counts(named)
    return found


def of_record(record: Mapping[str, Any], options: Options, intents: Mapping[str, float]) -> Facts:
    """Return the facts, as `plain` does, and the sentiment of a post that is not in the store."""
    parts = (
        clean(str(record.get("title") or ""), "plain").text,
        clean(str(record.get("text") or ""), "auto").text,
    )
    text = "\n".join(part for part in parts if part)
    rating = record.get("rating")
    known = float(rating) if isinstance(rating, int | float) else None
    found = plain(facts(text, options, record.get("language") or None, known))
    return {"sentiment": sentiment(intents), **found}


def plain(found: Mapping[str, Any]) -> Facts:
    """Return facts as people's tools read them: words without places, and every name."""
    said: Facts = {"severity": found.get("severity")}
    for kind in SPANS:
        words: Sequence[str] = [span["text"] for span in found.get(kind, ())]
        said[kind] = bool(words) if kind == LEAVES else words
    return {**said, "mentions": found.get("mentions", {})}


def of_post(passages: Sequence[Mapping[str, Any]]) -> Facts:
    """Return what a whole post says, of the `intents`, `noise` and `facts` of its passages.

    It means what any of its passages means, is as severe as the worst of them, and is noise
    where all of them are.
    """
    intents: dict[str, float] = {}
    mentions: dict[str, dict[str, int]] = {}
    said: Facts = {}
    for passage in passages:
        for name, score in passage["intents"].items():
            intents[name] = max(score, intents.get(name, 0.0))
        facts = passage["facts"]
        for kind in SPANS:
            said.setdefault(kind, []).extend(facts.get(kind, ()))
        worst, bad = said.get("severity"), facts.get("severity")
        if bad and (worst is None or bad["score"] > worst["score"]):
            said["severity"] = bad
        for kind, names in facts.get("mentions", {}).items():
            for name, count in names.items():
                held = mentions.setdefault(kind, {})
                held[name] = held.get(name, 0) + count
    tags = [passage["noise"] for passage in passages]
    noise = {
        name: min(tag[name] for tag in tags)
        for name in (tags[0] if tags else {})
        if all(name in tag for tag in tags)
    }
    read = plain({**said, "mentions": mentions})
    return {"intents": intents, "noise": noise, "sentiment": sentiment(intents), **read}


def _told(text: str, span: Span) -> dict[str, Any]:
    return {"text": text[span.start : span.end], "start": span.start, "end": span.end}


@lru_cache(maxsize=4)
def _mentions(options: str) -> Mentions:
    return Mentions(MentionOptions.model_validate_json(options))


def _made_by(options: Options) -> str:
    read_with = [VERSION, options.language, options.mentions.model_dump()]
    return hashlib.blake2b(json.dumps(read_with).encode(), digest_size=8).hexdigest()
