"""What the App Store answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

from pydantic import BaseModel, Field

from insights.fingerprint import fingerprint
from insights.http import Moment, Payload


class Label(BaseModel):
    """How the feed writes a value."""

    label: str


class Number(BaseModel):
    """The number of a review, of which Apple makes text."""

    label: str = Field(pattern=r"^[0-9]{1,20}$")


class Author(BaseModel):
    """Who wrote a review."""

    name: Label | None = None


class Target(BaseModel):
    """Where a link leads."""

    href: str


class Link(BaseModel):
    """The address of the app's reviews; single reviews have none."""

    attributes: Target


class Rating(BaseModel):
    """Stars."""

    label: float = Field(ge=1, le=5)


class Count(BaseModel):
    """A number that may be missing."""

    label: int = Field(0, ge=-(10**9), le=10**9)


class Updated(BaseModel):
    """When a review was written, or last changed."""

    label: Moment


class Review(BaseModel):
    """A review as the feed writes it."""

    id: Number
    title: Label | None = None
    content: Label | None = None
    rating: Rating = Field(alias="im:rating")
    version: Label | None = Field(None, alias="im:version")
    votes: Count | None = Field(None, alias="im:voteSum")
    author: Author | None = None
    updated: Updated | None = None
    link: Link | list[Link] | None = None

    @property
    def mark(self) -> str:
        """Changes when the author changes something; votes of others do not count."""
        said = (self.title, self.content, self.version)
        texts = [label.label if label else None for label in said]
        return fingerprint(*texts, self.rating.label, self.updated and self.updated.label)


class Feed(BaseModel):
    """The part of a page that holds reviews: a list, a single object, or nothing at all."""

    id: Payload
    entry: Payload = None

    @property
    def entries(self) -> list[Payload]:
        """What the page lists, without the app itself, with which older feeds begin."""
        if self.entry is None:
            return []
        found = self.entry if isinstance(self.entry, list) else [self.entry]
        return [each for each in found if not _is_app(each)]


class Page(BaseModel):
    """A page of reviews."""

    feed: Feed


class App(BaseModel):
    """What the store says of the app in one country."""

    trackName: str = "the app"
    userRatingCount: int = 0


class Found(BaseModel):
    """The reply to a lookup."""

    results: list[App]


def _is_app(entry: Payload) -> bool:
    return isinstance(entry, dict) and "im:rating" not in entry and "im:name" in entry
