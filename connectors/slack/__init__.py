"""Reads channels of a Slack workspace: their messages, and the threads that have news."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import ClassVar

from pydantic import BaseModel

from connectors.slack.again import again
from connectors.slack.api import Api
from connectors.slack.options import SlackOptions
from connectors.slack.shapes import Channel, Channels, Head, Messages, Who, micros
from connectors.slack.speech import Speech
from insights.errors import SourceError
from insights.http import Http, reveal
from insights.models import JSON, Batch, Checkup, Skipped

__all__ = ["Slack", "SlackOptions"]

PAGE = 200
CHUNK = 100
"""Messages that are asked for again together, as one stretch of a channel."""

OUTSIDE = ("channel_not_found", "not_in_channel")


class Slack:
    """A workspace as a source; native ids are `channel-ts`.

    A channel's history is read from its newest message back. Replies are in no history, so each
    pull looks `lookback` behind its mark for threads that have newer ones. The cursor holds for
    each channel the mark up to which everything was read: the newest time that Slack itself wrote
    into the first page, before anything else was asked for.
    """

    Options: ClassVar[type[BaseModel]] = SlackOptions

    def __init__(self, source: str, options: SlackOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        token = reveal(options.token, f"{source}.token")
        self._api = Api(source, http, {"Authorization": f"Bearer {token}"})

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read each channel, and of its threads what is new."""
        states: JSON = (cursor or {"channels": {}})["channels"]
        speech, channels, unread = self._opened()
        if unread:
            yield Batch(cursor={"channels": states}, skipped=tuple(unread))
        for channel in channels:
            for batch in self._read(channel, states.get(channel.id), speech):
                states = states | {channel.id: batch.cursor}
                yield replace(batch, cursor={"channels": states})

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Read the stretches of the channels again in which these messages stood.

        What is in a channel that the app has left cannot be asked for and stays as it is.
        """
        speech, channels, _ = self._opened()
        inside = {channel.id: channel for channel in channels}
        parts = sorted(id_.partition("-")[::2] for id_ in native_ids)
        for name, group in groupby(parts, key=lambda part: part[0]):
            stamps = [ts for _, ts in group if re.fullmatch(r"\d+\.\d+", ts)]
            for start in range(0, len(stamps) if name in inside else 0, CHUNK):
                yield again(self._api, speech, inside[name], stamps[start : start + CHUNK])

    def check(self) -> Checkup:
        """Ask who we are, for the first channels, and for a message of one of them."""
        who = self._api.asked(Who, "auth.test")
        page = self._api.asked(Channels, "conversations.list", *self._kinds)
        wanted, unread = self._wanted(page.channels)
        if not wanted:
            raise self._nothing(unread)
        self._api.asked(Messages, "conversations.history", ("channel", wanted[0].id), ("limit", 1))
        channels = "1 channel" if len(wanted) == 1 else f"{len(wanted):,} channels"
        return Checkup(reads=f"{channels} of {who.team or who.url} as {who.user or 'its app'}")

    def _opened(self) -> tuple[Speech, list[Channel], list[Skipped]]:
        who = self._api.asked(Who, "auth.test")
        listed = [
            channel
            for page in self._api.pages("conversations.list", *self._kinds)
            for channel in self._api.whole(Channels, page).channels
        ]
        wanted, unread = self._wanted(listed)
        if not wanted:
            raise self._nothing(unread)
        names = {channel.id: channel.name for channel in listed}
        return Speech(self.source, who.url, names, self._api.called), wanted, unread

    @property
    def _kinds(self) -> tuple[tuple[str, str | int], ...]:
        kinds = "public_channel,private_channel" if self.options.private else "public_channel"
        return (("types", kinds), ("exclude_archived", "true"), ("limit", PAGE))

    def _wanted(self, listed: Sequence[Channel]) -> tuple[list[Channel], list[Skipped]]:
        """Return the channels that are read, and those that cannot be, each with what to do."""
        if not self.options.channels:
            return [channel for channel in listed if channel.is_member], []
        known = {key: channel for channel in listed for key in (channel.id, channel.name)}
        wanted, unread = [], []
        for name in self.options.channels:
            channel = known.get(name.removeprefix("#"))
            if channel is None:
                reason = "there is no such channel, or it is private: set `private`, invite the app"
                unread.append(Skipped(f"Slack {name}", reason))
            elif channel.is_member:
                wanted.append(channel)
            else:
                unread.append(_uninvited(channel))
        return wanted, unread

    def _nothing(self, unread: Sequence[Skipped]) -> SourceError:
        why = f"{unread[0].where}: {unread[0].reason}" if unread else (
            "the app is in no channel; type /invite with its name in each that is to be read"
        )  # fmt: skip
        return SourceError(f"{self.source}: {why}")

    def _read(self, channel: Channel, state: JSON | None, speech: Speech) -> Iterator[Batch]:
        """Yield the rest of a walk that broke off, if one did, then what is new."""
        state = state or {"mark": None, "next": None, "at": None}
        broke_off = state["next"] is not None
        for batch in self._walk(channel, state, speech):
            state = batch.cursor
            yield batch
        if broke_off and state["next"] is None:
            yield from self._walk(channel, state, speech)

    def _walk(self, channel: Channel, state: JSON, speech: Speech) -> Iterator[Batch]:
        """Walk a channel from its newest message back, with cursors that lead on within it."""
        mark, last = state["mark"], micros(state["mark"])
        params: list[tuple[str, str | int]] = [
            ("channel", channel.id),
            ("limit", PAGE),
            *self._floor(mark),
        ]
        params += [("latest", state["at"])] if state["at"] else []
        for page in self._api.pages("conversations.history", *params, allow=OUTSIDE):
            if not page["ok"]:
                yield Batch(cursor=state, skipped=(_uninvited(channel),))
                return
            batch, heads = speech.batch(self._api.whole(Messages, page), channel, after=last)
            state = state | {"next": state["next"] or _newest(heads) or mark}
            for head in heads:
                if micros(head.latest_reply) > last:
                    for replies in self._replies(channel, head.ts, mark, speech):
                        yield replace(replies, cursor=state)
            state = state | {"at": heads[-1].ts if heads else state["at"]}
            yield replace(batch, cursor=state)
        yield Batch(cursor={"mark": state["next"] or mark, "next": None, "at": None})

    def _replies(
        self, channel: Channel, thread: str, mark: str | None, speech: Speech
    ) -> Iterator[Batch]:
        params: list[tuple[str, str | int]] = [
            ("channel", channel.id),
            ("ts", thread),
            ("limit", PAGE),
        ]
        params += [("oldest", mark)] if mark else []
        for page in self._api.pages("conversations.replies", *params, allow=("thread_not_found",)):
            if page["ok"]:
                messages = self._api.whole(Messages, page)
                yield speech.batch(messages, channel, after=micros(mark), but=thread)[0]

    def _floor(self, mark: str | None) -> list[tuple[str, str | int]]:
        since = self.options.since
        oldest = since.timestamp() if since else 0.0
        if mark:
            oldest = max(oldest, float(mark) - self.options.lookback.total_seconds())
        return [("oldest", f"{oldest:.6f}")] if oldest > 0 else []


def _uninvited(channel: Channel) -> Skipped:
    reason = f"the app is not in this channel; type /invite with its name in #{channel.name}"
    return Skipped(f"Slack #{channel.name}", reason)


def _newest(heads: Sequence[Head]) -> str | None:
    """Return the latest time that Slack wrote into a page: of messages, edits and replies."""
    times = [ts for head in heads for ts in head.times]
    return max(times, key=micros, default=None)
