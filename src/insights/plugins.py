"""Finds connectors, publishers and trackers by name: ours come in by the same entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from insights.errors import SettingsError, unknown
from insights.protocols import Connector, Publisher


def names(group: str) -> list[str]:
    """List what is installed in the entry-point group `insights.<group>`."""
    return sorted({point.name for point in entry_points(group=f"insights.{group}")})


def connector(name: str) -> type[Connector]:
    """Return the connector class called `name`; SettingsError names the ones there are."""
    found: type[Connector] = _load("connector", name)
    return found


def publisher(name: str) -> type[Publisher]:
    """Return the publisher class called `name`; SettingsError names the ones there are."""
    found: type[Publisher] = _load("publisher", name)
    return found


def tracker(name: str) -> type[Any]:
    """Return what writes to where the connector called `name` reads."""
    found: type[Any] = _load("tracker", name)
    return found


def _load(kind: str, name: str) -> Any:
    points: tuple[EntryPoint, ...] = tuple(entry_points(group=f"insights.{kind}s", name=name))
    if not points:
        raise SettingsError(unknown(kind, name, names(f"{kind}s")))
    return points[0].load()
