"""What a Slack message says: a post, that one is gone, or nothing that anyone said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.slack.shapes import (
    DELETED,
    WRITTEN,
    Channel,
    Found,
    Head,
    Message,
    Messages,
    moment,
)
from insights.errors import BadItem
from insights.http import Payload, shaped
from insights.models import Batch, Post, Skipped, Tombstone

_PERSON = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|[^<>]{0,200})?>")
_CHANNEL = re.compile(r"<#([CGD][A-Z0-9]{2,20})(?:\|[^<>]{0,200})?>")
_KNOWN = 5_000
_NOT_TOLD = ("missing_scope", "user_not_found", "user_not_visible", "users_not_found")


@dataclass
class Speech:
    """Reads messages of the workspace at `home`; `channels` are names by id.

    `call` asks Slack. The names of accounts that texts mention are asked for one by one and kept,
    up to a bound; without the scope users:read, and for strangers, the id stands for itself.
    """

    source: str
    home: str
    channels: Mapping[str, str]
    call: Callable[..., Payload]
    people: dict[str, str] = field(default_factory=dict)
    mute: bool = False

    def read(self, message: Message, channel: Channel) -> Post | Tombstone | None:
        """Return what `message` of `channel` says; None if nobody said a thing."""
        native_id = f"{channel.id}-{message.ts}"
        if message.subtype == DELETED:
            return Tombstone(native_id)
        if message.subtype not in WRITTEN or message.hidden or not message.text.strip():
            return None
        thread = message.thread_ts or message.ts
        is_bot = message.bot_id is not None or message.subtype == "bot_message"
        return Post(
            source=self.source,
            native_id=native_id,
            text=self._named(message.text),
            created_at=moment(message.ts),
            markup="slack",
            author=message.user or message.bot_id or message.username,
            url=self._url(message, channel),
            space=channel.name,
            thread_id=f"{channel.id}-{thread}",
            parent_id=None if thread == message.ts else f"{channel.id}-{thread}",
            updated_at=moment(message.edited.ts) if message.edited else None,
            reactions=sum(reaction.count for reaction in message.reactions),
            attributes={"bot": "true"} if is_bot else {},
        )

    def _url(self, message: Message, channel: Channel) -> str:
        url = f"{self.home.rstrip('/')}/archives/{channel.id}/p{message.ts.replace('.', '')}"
        if message.thread_ts and message.thread_ts != message.ts:
            url += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return url

    def _named(self, text: str) -> str:
        """Label mentions as Slack's own clients show them."""
        text = _PERSON.sub(lambda found: f"<@{found[1]}{self._person(found[1])}>", text)
        return _CHANNEL.sub(lambda found: f"<#{found[1]}|{self._channel(found)}>", text)

    def _channel(self, found: re.Match[str]) -> str:
        told = found[0].partition("|")[2].removesuffix(">")
        return self.channels.get(found[1]) or told or found[1]

    def _person(self, user: str) -> str:
        if user not in self.people and not self.mute:
            answer = self.call("users.info", ("user", user), allow=_NOT_TOLD)
            self.mute = answer.get("error") == "missing_scope"
            if len(self.people) >= _KNOWN:
                self.people.clear()
            name = shaped(Found, answer).user.name if answer["ok"] else ""
            self.people[user] = re.sub(r"[<>|]", "", name)
        name = self.people.get(user, "")
        return f"|{name}" if name else ""

    def batch(
        self, page: Messages, channel: Channel, *, after: int = 0, but: str = ""
    ) -> tuple[Batch, list[Head]]:
        """Return what of a page changed `after` a time in microseconds, and the times of all.

        `but` is a message that was read before; the batch's cursor means nothing.
        """
        posts, tombstones, skipped, heads = [], [], [], []
        for item in page.messages:
            try:
                head = shaped(Head, item)
                heads.append(head)
                if head.ts == but or not head.changed(after):
                    continue
                found = self.read(shaped(Message, item), channel)
                if isinstance(found, Post):
                    posts.append(found)
                elif found is not None:
                    tombstones.append(found)
            except BadItem as bad:
                ts = item.get("ts") if isinstance(item, dict) else None
                skipped.append(Skipped(f"Slack #{channel.name} {str(ts)[:40]}", str(bad)))
        return Batch(
            cursor={}, posts=tuple(posts), tombstones=tuple(tombstones), skipped=tuple(skipped)
        ), heads
