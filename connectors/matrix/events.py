"""What a Matrix event says: a post, that a post is gone, or nothing that anyone said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import BaseModel, Field

from insights.epoch import Millis
from insights.errors import BadItem
from insights.http import Payload, shaped
from insights.models import Markup, Post, Tombstone

MESSAGE = "m.room.message"
REDACTION = "m.room.redaction"
ENCRYPTED = "m.room.encrypted"
_TEXTS = ("m.text", "m.emote", "m.notice")
_MEDIA = ("m.image", "m.file", "m.video", "m.audio")
_HTML = "org.matrix.custom.html"


class Answered(BaseModel):
    """Which message a message answers."""

    event_id: str


class Relation(BaseModel):
    """How an event belongs to another one."""

    rel_type: str | None = None
    event_id: str | None = None
    is_falling_back: bool | None = None
    in_reply_to: Answered | None = Field(None, alias="m.in_reply_to")


class Content(BaseModel):
    """What stands in a message, a redaction, or an edit."""

    msgtype: str | None = None
    body: str | None = None
    filename: str | None = None
    format: str | None = None
    formatted_body: str | None = None
    redacts: str | None = None
    relates_to: Relation | None = Field(None, alias="m.relates_to")
    new_content: Content | None = Field(None, alias="m.new_content")


class Event(BaseModel):
    """An event of a room, as far as it is read."""

    event_id: str
    type: str
    sender: str
    origin_server_ts: Millis
    content: Mapping[str, Payload] = {}
    unsigned: Mapping[str, Payload] | None = None
    redacts: str | None = None

    @property
    def replaces(self) -> str | None:
        """The message that this one is a new version of."""
        relation = self.content.get("m.relates_to")
        if not isinstance(relation, Mapping) or relation.get("rel_type") != "m.replace":
            return None
        target = relation.get("event_id")
        return target if isinstance(target, str) else None

    @property
    def bundled_edit(self) -> Event | None:
        """The newest version of this message that the server sends along."""
        found: object = self.unsigned or {}
        for name in ("m.relations", "m.replace"):
            found = found.get(name) if isinstance(found, Mapping) else None
        try:
            return shaped(Event, found) if isinstance(found, Mapping) else None
        except BadItem:
            return None


@dataclass(frozen=True, slots=True)
class Room:
    """A room: its id, and the name that people know it by."""

    id: str
    name: str

    def native_id(self, event_id: str) -> str:
        """Name an event beyond its room: it cannot be asked for without."""
        return f"{self.id}/{event_id}"

    def url(self, event_id: str) -> str:
        """Return the lasting address of an event."""
        return f"https://matrix.to/#/{quote(self.id, safe='!:')}/{quote(event_id, safe='$:')}"


def read(
    event: Event, room: Room, source: str, edit: Event | None = None
) -> Post | Tombstone | None:
    """Return what `event` says, in the words of its newest version; None if nobody said a thing.

    `edit` is a version that was seen beside what the server bundles.

    Raises:
        BadItem: what stands in it cannot be read.
    """
    if event.type == REDACTION:
        target = event.content.get("redacts") or event.redacts
        return Tombstone(room.native_id(target)) if isinstance(target, str) else None
    if event.type != MESSAGE or event.replaces:
        return None
    if (event.unsigned or {}).get("redacted_because") or not event.content:
        return Tombstone(room.native_id(event.event_id))
    content = shaped(Content, event.content)
    versions = [v for v in (edit, event.bundled_edit) if v and v.sender == event.sender]
    newest = max(versions, key=lambda v: (v.origin_server_ts, v.event_id), default=None)
    changed = shaped(Content, newest.content).new_content if newest else None
    relation = content.relates_to or Relation()
    text, markup = _words(changed or content, is_reply=relation.in_reply_to is not None)
    if not text.strip():
        emptied = Tombstone(room.native_id(event.event_id), "emptied at the source")
        return emptied if changed else None
    thread, parent = _place(event.event_id, relation)
    return Post(
        source=source,
        native_id=room.native_id(event.event_id),
        text=text,
        created_at=event.origin_server_ts,
        markup=markup,
        author=event.sender,
        url=room.url(event.event_id),
        space=room.name,
        thread_id=room.native_id(thread),
        parent_id=room.native_id(parent) if parent else None,
        updated_at=newest.origin_server_ts if newest and changed else None,
        attributes={"bot": "true"} if content.msgtype == "m.notice" else {},
    )


def _place(event_id: str, relation: Relation) -> tuple[str, str | None]:
    """Return thread and parent. Replies outside threads make a thread with what they answer."""
    answered = relation.in_reply_to.event_id if relation.in_reply_to else None
    if relation.rel_type == "m.thread" and relation.event_id:
        told = answered and not relation.is_falling_back
        return relation.event_id, answered if told else relation.event_id
    return answered or event_id, answered


def _words(content: Content, *, is_reply: bool) -> tuple[str, Markup]:
    body = content.body or ""
    if content.msgtype in _MEDIA:
        body = body if content.filename and content.filename != body else ""
    elif content.msgtype not in _TEXTS:
        body = ""
    if body and content.format == _HTML and (content.formatted_body or "").strip():
        return _without_quoted_html(content.formatted_body or ""), "html"
    return (_without_quoted_lines(body) if is_reply else body), "plain"


def _without_quoted_html(text: str) -> str:
    """Leave out what a reply repeats for clients that know no replies."""
    before, opened, rest = text.partition("<mx-reply>")
    _, closed, after = rest.partition("</mx-reply>")
    return before + after if opened and closed else text


def _without_quoted_lines(body: str) -> str:
    if not body.startswith(("> <", "> * <")):
        return body
    lines = body.split("\n")
    said = next((n for n, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[said:]).lstrip("\n")
