"""Turns one record into a post, or says in plain words why it cannot be one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final, Literal, cast, get_args

from insights.errors import BadItem
from insights.models import Markup, Post, Tombstone

REQUIRED: Final = ("id", "text", "created_at")

MAX_TEXT_BYTES = 1_000_000
MAX_ID_CHARS = 500
_YEARS = range(1970, 2200)
_MARKUPS = get_args(Markup)
_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}
_KINDS = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list",
          dict: "an object", bytes: "bytes", type(None): "null"}  # fmt: skip


def post_from_record(record: Mapping[str, object], source: str) -> Post | Tombstone:
    """Read a record with the fields `FIELDS`; others are ignored, null counts as absent.

    Times without a zone are UTC. An empty `text` is replaced by the title. Numbers, true/false,
    lists and objects may also be written as text, as CSV must. A record whose `deleted` is true
    needs no more than its `id`.

    Raises:
        BadItem: a field is missing, of a wrong type, or outside what can be stored.
    """
    try:
        native_id = _name(record.get("id"), "id")
        if native_id is None:
            raise BadItem("has no id")
        if _flag(record.get("deleted"), "deleted"):
            return Tombstone(native_id)
        values = {
            field: _READ[field](value, field)
            for field, value in record.items()
            if value is not None and value != "" and field in _READ
        }
        if "created_at" not in values:
            raise BadItem("has no created_at")
        if not values.get("text"):
            values["text"] = _instead_of_text(record, values)
    except RecursionError:
        raise BadItem("is nested too deep") from None
    return Post(source=source, native_id=native_id, **values)


def _instead_of_text(record: Mapping[str, object], values: Mapping[str, object]) -> str:
    if "text" not in record:
        raise BadItem("has no text")
    title = values.get("title")
    if not isinstance(title, str):
        raise BadItem("text is empty and there is no title")
    return title


def _wrong(field: str, value: object, wanted: str) -> BadItem:
    kind = _KINDS.get(type(value), type(value).__name__)
    shown = f"'{value[:40]}'" if isinstance(value, str) else kind
    return BadItem(f"{field} is {shown.encode('ascii', 'replace').decode()}, not {wanted}")


def _storable(value: str, field: str) -> str:
    if "\0" in value:
        raise BadItem(f"{field} holds a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadItem(f"{field} holds characters that are not valid Unicode") from None
    return value


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise _wrong(field, value, "text")
    if len(value) > MAX_TEXT_BYTES or (
        len(value) > MAX_TEXT_BYTES // 4 and len(value.encode("utf-8", "replace")) > MAX_TEXT_BYTES
    ):
        raise BadItem(f"{field} is longer than {MAX_TEXT_BYTES // 1_000_000} MB")
    return "" if value.isspace() else _storable(value, field)


def _line(value: object, field: str) -> str | None:
    if isinstance(value, str) and len(value) <= MAX_ID_CHARS and value.isascii():
        if "\0" not in value:  # nearly every value, so this way is short
            return value.strip() or None
    elif value is None:
        return None
    if not isinstance(value, str):
        raise _wrong(field, value, "text")
    if len(value) > MAX_TEXT_BYTES // 100:
        raise BadItem(f"{field} is longer than {MAX_TEXT_BYTES // 100} characters")
    return _storable(value, field).strip() or None


def _name(value: object, field: str) -> str | None:
    """Ids and names are often written as numbers; they are names all the same."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**MAX_ID_CHARS else "9" * (MAX_ID_CHARS + 1)
    name = _line(value, field)
    if name is not None and len(name) > MAX_ID_CHARS:
        raise BadItem(f"{field} is longer than {MAX_ID_CHARS} characters")
    return name


def _moment(value: object, field: str) -> datetime:
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value.strip())
        elif isinstance(value, datetime):
            at = value
        elif isinstance(value, date):
            at = datetime.combine(value, time(), UTC)
        else:
            raise _wrong(field, value, "a time such as 2026-03-01T12:00:00Z")
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(field, value, "a time such as 2026-03-01T12:00:00Z") from None
    if at.year not in _YEARS:
        raise BadItem(f"{field} is in the year {at.year}; {_YEARS[0]} to {_YEARS[-1]} can be read")
    return at


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _wrong(field, value, "a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise _wrong(field, value, "a number") from None
    if not math.isfinite(number):
        raise BadItem(f"{field} is {number}, not a number")
    return number


def _rating(value: object, field: str) -> float:
    rating = _number(value, field)
    if not 1 <= rating <= 5:
        raise BadItem(f"{field} is {rating:g}; 1 to 5 can be read")
    return rating


def _count(value: object, field: str) -> int:
    count = _number(value, field)
    if not count.is_integer() or abs(count) > 10**9:
        raise BadItem(f"{field} is {count:g}, not a whole number that can be stored")
    return int(count)


def _flag(value: object, field: str) -> bool:
    if isinstance(value, bool) or value is None:
        return bool(value)
    word = str(value).strip().lower() if isinstance(value, (int, str)) else "?"
    if word in _TRUE:
        return True
    if word in _FALSE or word == "":
        return False
    raise _wrong(field, value, "true or false")


def _markup(value: object, field: str) -> Markup:
    if value not in _MARKUPS:
        raise _wrong(field, value, f"one of {', '.join(_MARKUPS)}")
    return cast("Literal['auto', 'plain', 'markdown', 'html']", value)


def _tags(value: object, field: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _unpacked(value, field) if value.startswith("[") else value.split(",")
    if not isinstance(value, (list, tuple)):
        raise _wrong(field, value, "a list of words")
    return tuple(tag for item in value if (tag := _name(item, field)))


def _attributes(value: object, field: str) -> Mapping[str, str]:
    if isinstance(value, str):
        value = _unpacked(value, field)
    if not isinstance(value, Mapping):
        raise _wrong(field, value, "an object of names and values")
    attributes = {}
    for key, item in value.items():
        if isinstance(item, (bool, int, float)):
            item = str(_number(item, field)) if isinstance(item, float) else str(item)
        name, text = _name(key, field), _line(item, f"{field}.{str(key)[:40]}")
        if name and text:
            attributes[name] = text
    return attributes


def _unpacked(value: str, field: str) -> object:
    try:
        return cast("object", json.loads(value))
    except (ValueError, RecursionError):
        raise _wrong(field, value, "JSON") from None


_READ: Final[Mapping[str, Callable[[object, str], Any]]] = {
    "text": _text, "created_at": _moment, "title": _line, "author": _name, "url": _line,
    "space": _name, "thread_id": _name, "parent_id": _name, "rating": _rating,
    "reactions": _count, "tags": _tags, "language": _line, "version": _name,
    "attributes": _attributes, "updated_at": _moment, "markup": _markup,
}  # fmt: skip
FIELDS: Final = ("id", *_READ, "deleted")
"""The fields that are read; a reader need not look at others."""
