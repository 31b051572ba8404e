"""Writes the archive as JSON Lines: one file a source, one line a change, oldest first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from insights.errors import UsageError
from insights.sample.draft import Change, Draft

SOURCES = ("forum", "tracker", "reviews", "chat")
_FIRST_NUMBER = {"forum": 20_001, "tracker": 3_101, "reviews": 880_001, "chat": 500_001}
_URLS = {
    "forum": "https://community.quillmoor.example/t/{thread}/{id}",
    "tracker": "https://tracker.quillmoor.example/issues/{thread}#c{id}",
    "reviews": "https://stores.example/quillmoor/reviews/{id}",
    "chat": "https://chat.quillmoor.example/{space}/{id}",
}


def number(drafts: list[Draft]) -> list[Draft]:
    """Return the drafts in the order of time, each with its id."""
    ordered = sorted(drafts, key=lambda draft: draft.at)
    following = dict(_FIRST_NUMBER)
    for draft in ordered:
        draft.id = str(following[draft.source])
        following[draft.source] += 1
    return ordered


def write_files(folder: Path, drafts: Iterable[Draft], until: datetime | None) -> list[Path]:
    """Write what had happened by `until`; return the paths of the files."""
    if until is not None and until.tzinfo is None:
        raise UsageError("until needs a time zone, such as 2026-04-17T02:00+00:00")
    folder.mkdir(parents=True, exist_ok=True)
    happened: dict[str, list[tuple[datetime, dict[str, Any]]]] = {name: [] for name in SOURCES}
    for draft in drafts:
        for at, record in _history(draft):
            if until is None or at <= until:
                happened[draft.source].append((at, record))
    paths = []
    for name, lines in happened.items():
        lines.sort(key=lambda line: line[0])
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for _, line in lines)
        path = folder / f"{name}.jsonl"
        path.write_bytes(text.encode())
        paths.append(path)
    return paths


def _history(draft: Draft) -> Iterator[tuple[datetime, dict[str, Any]]]:
    yield draft.at, _record(draft)
    for change in draft.changes:
        yield change.at, _changed(draft, change)


def _changed(draft: Draft, change: Change) -> dict[str, Any]:
    if change.text is None:
        return {
            "id": draft.id,
            "text": "",
            "created_at": _iso(draft.at),
            "updated_at": _iso(change.at),
            "deleted": True,
        }
    return _record(draft) | {"text": change.text, "updated_at": _iso(change.at)}


def _record(draft: Draft) -> dict[str, Any]:
    person, thread = draft.person, draft.thread
    record: dict[str, Any] = {
        "id": draft.id,
        "text": draft.text,
        "created_at": _iso(draft.at),
        "title": draft.title,
        "author": person.name,
        "url": _URLS[draft.source].format(thread=thread.id, id=draft.id, space=draft.space),
        "space": draft.space,
        "thread_id": thread.id if draft.source != "reviews" else None,
        "parent_id": draft.parent.id if draft.parent else None,
        "rating": draft.rating,
        "reactions": draft.reactions,
        "tags": list(draft.tags),
        "language": draft.language if draft.source == "reviews" else None,
        "version": draft.version,
        "markup": draft.markup if draft.source != "chat" else None,
        "attributes": _attributes(draft),
    }
    return {key: value for key, value in record.items() if value not in (None, "", [], {})}


def _attributes(draft: Draft) -> dict[str, str]:
    person = draft.person
    if person.staff:
        return {"role": "staff"}
    if draft.plant == "bots":
        return {"role": "bot"}
    if draft.source == "chat" or draft.plant == "spam":
        return {}
    if draft.source == "reviews":
        return {"platform": person.platform}
    return {"platform": person.platform, "plan": person.plan}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
