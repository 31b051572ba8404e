"""What Stack Exchange answers, as far as it is read, and the filter that asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from insights.http import Moment, Payload

FIELDS = ";".join([
    ".backoff", ".error_id", ".error_message", ".error_name", ".has_more", ".items", ".quota_max",
    ".quota_remaining",
    *(f"question.{name}" for name in (
        "question_id", "title", "body", "link", "tags", "score", "creation_date", "last_edit_date",
        "last_activity_date", "owner", "answers", "comments", "is_answered", "closed_reason",
        "content_license",
    )),
    *(f"answer.{name}" for name in (
        "answer_id", "question_id", "body", "link", "tags", "score", "creation_date",
        "last_edit_date", "owner", "comments", "is_accepted", "content_license",
    )),
    *(f"comment.{name}" for name in (
        "comment_id", "post_id", "post_type", "body", "link", "score", "creation_date", "owner",
        "content_license",
    )),
    *(f"shallow_user.{name}" for name in ("display_name", "user_id", "user_type", "link")),
])  # fmt: skip
"""Without a filter, replies hold neither texts nor answers nor comments."""


def _at(value: Payload) -> Payload:
    """Stack Exchange writes seconds since 1970; a text or a fraction is none of its times."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**33:
        return datetime.fromtimestamp(value, UTC)
    raise ValueError("no time in seconds since 1970")


When = Annotated[Moment, BeforeValidator(_at)]


class Wrapper(BaseModel):
    """Any reply: its items are looked at one by one."""

    items: list[Payload]
    has_more: bool = False
    backoff: float | None = None
    quota_max: int | None = None
    quota_remaining: int | None = None


class Problem(BaseModel):
    """A reply that is none; `throttle_violation` is one name."""

    error_id: int
    error_name: str = ""
    error_message: str = ""


class Filter(BaseModel):
    """A filter that was made."""

    filter: str


class Info(BaseModel):
    """How much a site, or a tag on it, holds."""

    total_questions: int | None = None
    count: int | None = None


class Owner(BaseModel):
    """Who wrote; without a link where the account is gone."""

    display_name: str | None = None
    link: str | None = None


class Words(BaseModel):
    """What questions, answers and comments share."""

    body: str
    link: str
    score: int = 0
    creation_date: When
    last_edit_date: When | None = None
    owner: Owner | None = None
    content_license: str | None = None


class Comment(Words):
    """A remark on a question or an answer, whose id is `post_id`."""

    comment_id: int
    post_id: int
    post_type: str


class Answer(Words):
    """An answer, with the remarks on it."""

    answer_id: int
    question_id: int
    tags: list[str] = []
    is_accepted: bool = False
    comments: list[Payload] = []


class Listed(BaseModel):
    """What the walk over questions needs of one."""

    question_id: int
    last_activity_date: When


class Remark(BaseModel):
    """What the walk over comments needs of one."""

    comment_id: int
    creation_date: When


class Question(Words):
    """A question, with its answers and the remarks on it."""

    question_id: int
    title: str
    tags: list[str] = []
    is_answered: bool = False
    closed_reason: str | None = None
    answers: list[Payload] = []
    comments: list[Payload] = []
