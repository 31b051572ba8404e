"""Reads stretches of a channel again, to find what was edited or deleted in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.slack.api import Api
from connectors.slack.shapes import Channel, Messages, micros
from connectors.slack.speech import Speech
from insights.models import Batch, Post, Skipped, Tombstone

PAGE = 200
NO_THREAD = ("thread_not_found",)


@dataclass
class _Found:
    """What came of the messages that are looked for, and which are still missing."""

    speech: Speech
    channel: Channel
    missing: dict[str, None]
    wanted: frozenset[str]
    threads: list[str] = field(default_factory=list)
    oldest: int = 0
    posts: list[Post] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def take(self, page: Messages) -> None:
        batch, heads = self.speech.batch(page, self.channel)
        ours = {f"{self.channel.id}-{ts}" for ts in self.wanted & self.missing.keys()}
        self.posts += [post for post in batch.posts if post.native_id in ours]
        self.tombstones += [stone for stone in batch.tombstones if stone.native_id in ours]
        self.skipped += batch.skipped
        self.threads += [head.ts for head in heads if head.latest_reply]
        for item in page.messages:  # also what cannot be read is still there
            ts = item.get("ts") if isinstance(item, dict) else None
            self.missing.pop(str(ts), None)
        if heads:
            self.oldest = min(micros(head.ts) for head in heads)


def again(api: Api, speech: Speech, channel: Channel, stamps: Sequence[str]) -> Batch:
    """Ask for the messages `stamps` of a channel, in their order in time.

    The stretch from the first to the last is read, then the threads that begin in it; replies of
    earlier threads are asked for one by one.
    """
    found = _Found(speech, channel, dict.fromkeys(stamps), frozenset(stamps))
    stretch: list[tuple[str, str | int]] = [
        ("channel", channel.id), ("oldest", stamps[0]), ("latest", stamps[-1]),
        ("inclusive", "true"), ("limit", PAGE),
    ]  # fmt: skip
    visible = 0
    for page in api.pages("conversations.history", *stretch):
        found.take(api.whole(Messages, page))
        if page.get("is_limited") is True:  # a plan that hides what is old did not delete it
            visible = found.oldest or micros(stamps[-1])
    for thread in list(found.threads):  # what is found there names the thread again
        if found.missing:
            for page in api.pages(
                "conversations.replies", *stretch, ("ts", thread), allow=NO_THREAD
            ):
                if page["ok"]:
                    found.take(api.whole(Messages, page))
    for ts in list(found.missing):
        if micros(ts) >= visible and not _stands(api, found, ts):
            found.tombstones.append(Tombstone(f"{channel.id}-{ts}"))
    return Batch(
        cursor={},
        posts=tuple(found.posts),
        tombstones=tuple(found.tombstones),
        skipped=tuple(found.skipped),
    )


def _stands(api: Api, found: _Found, ts: str) -> bool:
    """Take a message wherever it stands; say whether it is still there."""
    root = ts
    for _ in range(2):  # asked by a reply, Slack may answer with the beginning of its thread
        page = api.called(
            "conversations.replies", ("channel", found.channel.id), ("ts", root), ("oldest", ts),
            ("latest", ts), ("inclusive", "true"), ("limit", PAGE), allow=NO_THREAD,
        )  # fmt: skip
        messages = api.whole(Messages, page) if page["ok"] else Messages(messages=[])
        named = [item for item in messages.messages if isinstance(item, dict)]
        if any(item.get("ts") == ts for item in named):
            found.take(messages)
            return True
        begins = str(named[0].get("thread_ts", root)) if named else root
        if begins == root:
            return False
        root = begins
    return False
