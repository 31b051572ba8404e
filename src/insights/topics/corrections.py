"""What people say of topics: eight kinds of corrections, as they are stored and replayed.

Discovery never sees a correction. It goes on from its own findings, night after night, and the
corrections in force are laid over its answer, in the order in which they were made. So undoing one,
at whatever time, gives what would hold had it never been made.

rename   The topic bears this title, for as long as its id lives.
merge    All that belongs or will belong to the one topic belongs to the other. Should discovery
         end the one, what it would still hold is told from its new home by the nearer centre.
split    The named posts are a topic of their own. A post of the topics that they came from, written
         after the correction, joins them if its nearest passage is among them and not among those
         that stayed.
move     The post belongs to that topic, whatever discovery says. It draws no other post along.
dismiss  Until its last day the topic is in no digest and no insight; its posts stay with it.
pin      The topic lives on though discovery merges or retires it; its posts are then told apart as
         for a merged one.
track    A topic made by hand: every passage that is nearer to a positive example than to any
         negative one, and no farther than the floor of joining when the correction was made.
fixed    The topic's problem is fixed since a time, perhaps in a release. Its posts stay with it; if
         more people speak of it than its echo explains, that is a regression. The last one holds.

What a person says of a post outweighs what examples draw; of two sayings the later one holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Said(BaseModel):
    """What corrections share. Topics are named by id, posts by `source:native-id`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rename(Said):
    """A title that stays."""

    action: Literal["rename"] = "rename"
    topic: str
    title: str


class Merge(Said):
    """One topic becomes part of another."""

    action: Literal["merge"] = "merge"
    topic: str
    into: str


class Split(Said):
    """Posts leave the topics `of` for the new `topic`; `since` is the archive's time, in days."""

    action: Literal["split"] = "split"
    topic: str
    title: str
    of: tuple[str, ...]
    posts: tuple[str, ...]
    since: float


class Move(Said):
    """A post belongs to `topic`."""

    action: Literal["move"] = "move"
    topic: str
    post: str


class Dismiss(Said):
    """Not a topic, until `until`."""

    action: Literal["dismiss"] = "dismiss"
    topic: str
    reason: str
    until: datetime


class Pin(Said):
    """Never ended by discovery."""

    action: Literal["pin"] = "pin"
    topic: str


class Track(Said):
    """A topic from examples; `floor` is a cosine between vectors of the encoder `model`."""

    action: Literal["track"] = "track"
    topic: str
    title: str
    like: tuple[str, ...] = ()
    like_texts: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    unlike_texts: tuple[str, ...] = ()
    floor: float
    model: str


class Fixed(Said):
    """What the topic tells of is mended since `at`, in `release` if it was said."""

    action: Literal["fixed"] = "fixed"
    topic: str
    at: datetime
    release: str | None = None


Correction = Rename | Merge | Split | Move | Dismiss | Pin | Track | Fixed
_ANY: TypeAdapter[Correction] = TypeAdapter(Annotated[Correction, Field(discriminator="action")])


def parse(body: Mapping[str, Any]) -> Correction:
    """Read a correction as it is stored."""
    return _ANY.validate_python(dict(body))


def number_of(topic_id: str) -> int:
    """Return the number of a topic's id."""
    return int(topic_id[1:])
