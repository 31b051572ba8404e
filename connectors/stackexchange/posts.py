"""Turns questions, answers and comments of Stack Exchange into posts, each by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from connectors.stackexchange.shapes import Answer, Comment, Question, Words
from insights.errors import BadItem
from insights.http import Payload, shaped
from insights.models import Post, Skipped

_QUESTION = re.compile(r"/(?:questions|q)/(\d+)")


@dataclass
class Reading:
    """What was read: posts, what could not be and why, and the ids of both."""

    source: str
    posts: list[Post] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    there: set[str] = field(default_factory=set)

    def take(self, kind: str, items: Iterable[Payload]) -> None:
        """Read items of a kind: `question`, `answer` or `comment`."""
        read = {"question": self._question, "answer": self._answer, "comment": self._comment}[kind]
        for item in items:
            self._one(kind, item, read)

    def _one(self, kind: str, item: Payload, read: Callable[[Payload], None]) -> None:
        id_ = item.get(f"{kind}_id", "without id") if isinstance(item, dict) else "without id"
        self.there.add(f"{kind}-{id_}")
        try:
            read(item)
        except BadItem as bad:
            link = item.get("link") if isinstance(item, dict) else None
            self.skipped.append(Skipped(f"{kind} {id_} {link or ''}".strip()[:300], str(bad)))

    def _question(self, item: Payload) -> None:
        for kind in ("answer", "comment"):  # these can be read though their question cannot
            nested = item.get(f"{kind}s") if isinstance(item, dict) else None
            self.take(kind, nested if isinstance(nested, list) else ())
        question = shaped(Question, item)
        thread = f"question-{question.question_id}"
        about = {
            "answered": "true" if question.is_answered else None,
            "closed": question.closed_reason,
        }
        self._add(
            question, thread, thread, title=question.title, tags=tuple(question.tags), about=about
        )

    def _answer(self, item: Payload) -> None:
        answer = shaped(Answer, item)
        self.take("comment", answer.comments)
        thread = f"question-{answer.question_id}"
        about = {"accepted_answer": "true" if answer.is_accepted else None}
        native_id = f"answer-{answer.answer_id}"
        self._add(answer, native_id, thread, thread, tags=tuple(answer.tags), about=about)

    def _comment(self, item: Payload) -> None:
        comment = shaped(Comment, item)
        parent = f"{comment.post_type}-{comment.post_id}"
        named = _QUESTION.search(comment.link)
        thread = f"question-{named[1]}" if named else parent
        self._add(comment, f"comment-{comment.comment_id}", thread, parent)

    def _add(
        self,
        words: Words,
        native_id: str,
        thread: str,
        parent: str | None = None,
        *,
        title: str = "",
        tags: tuple[str, ...] = (),
        about: Mapping[str, str | None] | None = None,
    ) -> None:
        """Keep a post with what its licence asks for: the link, who wrote it, and the licence."""
        owner = words.owner
        about = {
            "license": words.content_license,
            "author_url": owner.link if owner else None,
            **(about or {}),
        }
        if not words.body.strip():
            raise BadItem("it has no text")
        self.posts.append(
            Post(
                source=self.source,
                native_id=native_id,
                text=words.body,
                created_at=words.creation_date,
                title=title,
                markup="html",
                author=owner.display_name if owner else None,
                url=words.link,
                thread_id=thread,
                parent_id=parent,
                updated_at=words.last_edit_date,
                reactions=words.score,
                tags=tags,
                attributes={name: value for name, value in about.items() if value},
            )
        )
