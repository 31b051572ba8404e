"""Takes people's word about the items of digests, and says how often they were useful."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from insights.digest import escape
from insights.digest.content import Digest, Item, Judged
from insights.digest.moves import items
from insights.errors import UsageError, unknown
from insights.store import Database, corrections, digests
from insights.text.redact import redact

Verdict = Literal["useful", "not-useful", "wrong"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
KIND = corrections.FEEDBACK
LONGEST_REASON = 1000
LONGEST_NAME = 80


@dataclass(frozen=True)
class Word:
    """What somebody said of an item; `new` is False where the same had been said before."""

    number: int
    item: Item
    new: bool


def tell(
    database: Database,
    digest_id: str,
    item_id: str,
    verdict: str,
    *,
    by: str,
    reason: str = "",
) -> Word:
    """Note what a person says of an item of a digest, as a correction: append-only, with who.

    Said twice in a row by the same person it is noted once. Personal data in the reason is
    replaced before it is stored. UsageError if there is no such digest, item or verdict, or the
    reason or the name is too long; nothing is stored then.
    """
    if verdict not in VERDICTS:
        raise UsageError(unknown("verdict", verdict, VERDICTS))
    if len(reason) > LONGEST_REASON:
        raise UsageError(
            f"the reason has {len(reason):,} characters; say it in {LONGEST_REASON:,} at most"
        )
    if not 0 < len(by.strip()) <= LONGEST_NAME:
        raise UsageError(f"a name has 1 to {LONGEST_NAME} characters")
    by, reason = escape.plain(by), redact(escape.plain(reason)) if reason.strip() else ""
    subject = f"{digest_id}/{item_id}"
    with database.write() as tx:
        item = _found(tx, digest_id, item_id)
        body = {KIND: verdict, "reason": reason, "kind": item.kind}
        mine = [e for e in about(tx, subject) if e["by"] == by]
        if mine and mine[-1]["body"] == body:
            return Word(int(mine[-1]["id"]), item, new=False)
        at = datetime.now(UTC)
        number = corrections.add(tx, at=at, by=by, kind=KIND, subject=subject, body=body)
    return Word(number, item, new=True)


def about(tx: Any, subject: str) -> list[dict[str, Any]]:
    """Return what holds of what people said of `DIGEST/ITEM`, oldest first."""
    return [entry for entry in corrections.in_force(tx, KIND) if entry["subject"] == subject]


def find(content: Mapping[str, Any], item_id: str) -> tuple[Digest, Item] | None:
    """Return a stored digest with the item of this id, or None."""
    digest = Digest.model_validate(content)
    return next(((digest, item) for item in items(digest) if item.id == item_id), None)


def last_words(entries: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return what was said last of each item, by its id: one issue is judged once.

    `entries` are in force, oldest first. An issue keeps its id from digest to digest.
    """
    return {str(entry["subject"]).partition("/")[2]: entry for entry in entries}


def judged(entries: Iterable[Mapping[str, Any]]) -> tuple[Judged, ...]:
    """Count the items that people judged, by kind, most first.

    The intervals are those of Wilson (Probable inference, the law of succession, and statistical
    inference, 1927), 95 %. They tell of the items that somebody judged, which are no random
    sample of all.
    """
    verdicts: dict[str, list[str]] = {}
    for entry in last_words(entries).values():
        verdicts.setdefault(entry["body"]["kind"], []).append(entry["body"][KIND])
    ordered = sorted(verdicts.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(_counted(kind, said) for kind, said in ordered)


def overall(found: Sequence[Judged]) -> Judged:
    """Return the counts of all kinds together."""
    verdicts = [
        verdict
        for one in found
        for verdict, times in (
            ("useful", one.useful), ("not-useful", one.not_useful), ("wrong", one.wrong)
        )
        for _ in range(times)
    ]  # fmt: skip
    return _counted("all", verdicts)


def _counted(kind: str, verdicts: Sequence[str]) -> Judged:
    useful, wrong = verdicts.count("useful"), verdicts.count("wrong")
    return Judged(
        kind=kind,
        judged=len(verdicts),
        useful=useful,
        not_useful=len(verdicts) - useful - wrong,
        wrong=wrong,
        useful_between=interval(useful, len(verdicts)),
        wrong_between=interval(wrong, len(verdicts)),
    )


def interval(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share after Wilson; 0..1 where nothing was asked."""
    from scipy.stats import binomtest

    if of == 0:
        return 0.0, 1.0
    found = binomtest(hits, of).proportion_ci(method="wilson")
    return round(float(found.low), 4), round(float(found.high), 4)


def _found(tx: Any, digest_id: str, item_id: str) -> Item:
    content = digests.get(tx, digest_id)
    if content is None:
        raise UsageError(unknown("digest", digest_id, [row["id"] for row in digests.every(tx)][:5]))
    found = find(content, item_id)
    if found is None:
        known = [item.id for item in items(Digest.model_validate(content))]
        raise UsageError(unknown("item", item_id, known))
    return found[1]
