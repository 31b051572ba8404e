"""What the steps work with, and the values they are tuned by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from insights.digest.options import AudienceOptions, DigestOptions
from insights.digest.reply import ReplyOptions
from insights.http import Http
from insights.llm import LlmOptions
from insights.models import Terms
from insights.protocols import Connector, Encoder, Opens, Publisher, Replies
from insights.pulse.options import PulseOptions
from insights.ranking import RankOptions
from insights.signals.options import SignalOptions
from insights.store import Database
from insights.text.mentions import MentionOptions
from insights.topics.options import TopicOptions

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def silent(_step: str, _done: int, _total: int) -> None:
    """Show no progress."""


class SourceOptions(BaseModel):
    """What every source can be told, whatever its connector."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    retention_days: int | None = Field(None, ge=0)
    """Purge what is older; 0: never. If it is not set, what the platform's terms ask for."""
    recheck_posts: int = Field(200, ge=0, le=1_000_000)
    """Posts that are asked for again each night, to find edits and deletions."""


@dataclass(frozen=True)
class Source:
    """A configured connector: a name, the connector's own name, and how to make one.

    `make_since` makes one that leaves out what is older; None where the connector cannot. `http`
    is what those that are made ask with, where requests are counted.
    """

    name: str
    connector: str
    make: Callable[[], Connector]
    http: Http | None = None
    options: SourceOptions = field(default_factory=SourceOptions)
    terms: Terms = field(default_factory=Terms)
    make_since: Callable[[datetime], Connector] | None = None

    @property
    def retention_days(self) -> int | None:
        """How long posts are kept; None: for ever."""
        asked = self.options.retention_days
        return (self.terms.retention_days if asked is None else asked) or None


@dataclass(frozen=True)
class Channel:
    """A configured publisher and its name."""

    name: str
    publisher: Publisher


@dataclass(frozen=True)
class Options:
    """How every step is tuned."""

    topics: TopicOptions = field(default_factory=TopicOptions)
    signals: SignalOptions = field(default_factory=SignalOptions)
    ranking: RankOptions = field(default_factory=RankOptions)
    digest: DigestOptions = field(default_factory=DigestOptions)
    mentions: MentionOptions = field(default_factory=MentionOptions)
    llm: LlmOptions = field(default_factory=LlmOptions)
    pulse: PulseOptions = field(default_factory=PulseOptions)
    replies: ReplyOptions = field(default_factory=ReplyOptions)
    keep_raw: bool = False
    names_model: str | None = None
    language: str = "en"
    intent_seeds: Path | None = None

    def recorded(self) -> dict[str, Any]:
        """Return what a run writes down about how it was tuned."""
        parts: Mapping[str, BaseModel] = {
            "topics": self.topics,
            "signals": self.signals,
            "ranking": self.ranking,
            "digest": self.digest,
            "mentions": self.mentions,
            "llm": self.llm,
        }
        hidden = {"api_key"}
        return {name: part.model_dump(mode="json", exclude=hidden) for name, part in parts.items()}


@dataclass(frozen=True)
class Engine:
    """The database, the encoder, the key of pseudonyms, and what is configured."""

    database: Database
    encoder: Encoder
    key: bytes
    options: Options = field(default_factory=Options)
    sources: Sequence[Source] = ()
    channels: Sequence[Channel] = ()
    audiences: Mapping[str, AudienceOptions] = field(default_factory=dict)
    trackers: Mapping[str, Opens | Replies] = field(default_factory=dict)
    """What writes to sources, by the name of the source; only commands of people use it."""
    progress: Progress = silent

    def channels_of(self, audience: str) -> Sequence[Channel]:
        """Return the channels that get the digests of an audience, or the whole one for "".

        A channel that an audience names gets no whole digest.
        """
        if audience:
            options = self.audiences.get(audience)
            named = set(options.channels) if options else set()
            return [channel for channel in self.channels if channel.name in named]
        taken = {name for options in self.audiences.values() for name in options.channels}
        return [channel for channel in self.channels if channel.name not in taken]
