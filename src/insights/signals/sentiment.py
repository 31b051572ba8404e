"""Is a passage glad or displeased?"""

from __future__ import annotations

from collections.abc import Mapping


def sentiment(intents: Mapping[str, float]) -> float | None:
    """Return praise less problem, -1..1; None for a model that does not know both.

    So it speaks every language that the encoder speaks, and needs no list of words.
    """
    if "praise" not in intents or "problem" not in intents:
        return None
    return round(intents["praise"] - intents["problem"], 4)
