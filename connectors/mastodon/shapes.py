"""What Mastodon answers, as far as it is read; the rest of a reply may change at will."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field

from insights.http import Moment, Payload

_OPTED_OUT = re.compile(r"#(?:nobots?|noindex|noarchive)\b", re.IGNORECASE)
_MARKUP = re.compile(r"<[^>]*>")


class Named(BaseModel):
    """A hashtag of a status."""

    name: str


class Line(BaseModel):
    """A line of the table in a profile."""

    name: str = ""
    value: str = ""


class Account(BaseModel):
    """Who posts; `noindex` and words in the profile say whether they want to be read."""

    id: str = Field(pattern=r"^\d{1,20}$")
    acct: str
    note: str | None = None
    fields: list[Line] | None = None
    noindex: bool | None = None
    bot: bool | None = None
    statuses_count: int | None = None

    @property
    def opted_out(self) -> bool:
        """Whether its people ask machines not to read them."""
        if self.noindex:
            return True
        words = [self.note or "", *(f"{line.name} {line.value}" for line in self.fields or ())]
        return any("#" in text and _OPTED_OUT.search(_MARKUP.sub("", text)) for text in words)


class Status(BaseModel):
    """What an account posted."""

    id: str = Field(pattern=r"^\d{1,20}$")
    created_at: Moment
    edited_at: Moment | None = None
    content: str
    spoiler_text: str | None = None
    visibility: str
    account: Account
    url: str | None = None
    uri: str | None = None
    in_reply_to_id: str | None = None
    reblog: Payload = None
    language: str | None = None
    tags: list[Named] = []
    favourites_count: int = 0
    reblogs_count: int = 0

    @property
    def is_public(self) -> bool:
        """Whether it is the account's own, and was meant for everyone."""
        return self.reblog is None and self.visibility in {"public", "unlisted"}

    @property
    def words(self) -> str:
        """The text as HTML; empty where there is nothing but pictures."""
        return self.content if _MARKUP.sub("", self.content).strip() else ""
