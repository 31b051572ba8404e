"""Takes out of a digest what the store does not confirm of its community's health and verdicts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from insights.digest import vital
from insights.digest.content import Digest
from insights.digest.pulse import Pulse
from insights.digest.query import Claim

ROOMS = ("pulse", "judged")
WAITING = "waiting"


def part(claims: Collection[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Part the claims on the community's health and on verdicts from all others."""
    mine = [claim for claim in claims if claim.path.partition("/")[0] in ROOMS]
    return mine, [claim for claim in claims if claim not in mine]


def without(digest: Digest, failed: Collection[Claim]) -> Digest:
    """Return the digest without the figures and verdicts that failed; it says which they were."""
    keys = {room: {c.path.split("/")[1] for c in failed if c.path.startswith(f"{room}/")}
            for room in ROOMS}  # fmt: skip
    update: dict[str, Any] = {}
    notes = []
    if digest.pulse is not None and keys["pulse"]:
        gone = keys["pulse"]
        notes += [f"{_named(digest.pulse, key)} was left out: the store does not confirm it."
                  for key in sorted(gone)]  # fmt: skip
        left = tuple(f for f in digest.pulse.figures if f.key not in gone)
        waiting = () if WAITING in gone else digest.pulse.waiting
        update["pulse"] = digest.pulse.model_copy(update={"figures": left, "waiting": waiting})
    if keys["judged"]:
        notes += [f"What readers said of {vital.PLURALS.get(kind, kind)} was left out: the store "
                  "does not confirm it." for kind in sorted(keys["judged"])]  # fmt: skip
        update["judged"] = tuple(j for j in digest.judged if j.kind not in keys["judged"])
        said = vital.precision(digest.judged)
        method = [line for line in digest.method if line not in said]
        update["method"] = (*method, *vital.precision(update["judged"]))
    update["not_seen"] = tuple(dict.fromkeys([*digest.not_seen, *notes]))
    return digest.model_copy(update=update)


def corrected(digest: Digest, failed: Collection[Claim], pulse: Pulse | None) -> Digest:
    """Return the digest with the figures that were counted again in place of those that failed."""
    gone = {c.path.split("/")[1] for c in failed if c.path.startswith("pulse/")}
    if digest.pulse is None or pulse is None or not gone:
        return digest
    again = {figure.key: figure for figure in pulse.figures}
    figures = tuple(again.get(f.key, f) if f.key in gone else f for f in digest.pulse.figures)
    waiting = pulse.waiting if WAITING in gone else digest.pulse.waiting
    held = digest.pulse.model_copy(update={"figures": figures, "waiting": waiting})
    return digest.model_copy(update={"pulse": held})


def _named(pulse: Pulse, key: str) -> str:
    titles = {figure.key: f"Community health, {figure.title}," for figure in pulse.figures}
    return titles.get(key, "Community health, who waits for an answer,")
