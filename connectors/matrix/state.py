"""How far rooms were read, as a cursor keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from insights.models import JSON


@dataclass(frozen=True)
class State:
    """How far was read: all up to the token `since`, but for the gaps `{room: {from, to}}`."""

    since: str | None
    known: tuple[str, ...]
    gaps: dict[str, dict[str, str | None]]

    @property
    def cursor(self) -> JSON:
        """The state as plain JSON."""
        return {"since": self.since, "known": list(self.known), "gaps": self.gaps}
