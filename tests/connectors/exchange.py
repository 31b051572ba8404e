"""A Stack Exchange site that answers as the API does and does as it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from connectors.stackexchange.shapes import FIELDS

START = datetime(2026, 3, 1, 0, 10, tzinfo=UTC)
API = "https://api.stackexchange.com/2.3"
MADE = "!nKzQUR.made"


class Exchange:
    """Of six posts in turn: a question, two answers, a remark on each, and one on a quiet one."""

    page = 3

    def __init__(self, *, token: str = "U4DMV*8nvpm3EOpvf69Rxw((") -> None:
        self.token = token
        self.at = START
        self.questions: dict[int, dict[str, Any]] = {}
        self.answers: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.asked: list[httpx.Request] = []
        self.backoff: Callable[[str], int | None] = lambda path: None

    def add(self, text: str, *, same_time: bool = False) -> str:
        if not same_time:
            self.at += timedelta(minutes=7)
        match (len(self.questions) + len(self.answers) + len(self.comments)) % 6:
            case 0:
                return self.ask(text)
            case 1 | 2:
                return self.answer(max(self.questions), text)
            case 3 | 5:
                return self.remark("question", max(self.questions), text)
        return self.remark("answer", max(self.answers), text)

    def ask(self, text: str, **more: Any) -> str:
        id_ = 100 + len(self.questions)
        self.questions[id_] = self._words(f"questions/{id_}/trouble", text) | {
            "question_id": id_, "title": f"Why does \"{id_}\" fail?", "tags": ["export"],
            "last_activity_date": _epoch(self.at), "is_answered": False, **more,
        }  # fmt: skip
        return f"question-{id_}"

    def answer(self, question: int, text: str) -> str:
        id_ = 500 + len(self.answers)
        self.answers[id_] = self._words(f"questions/{question}/trouble/{id_}#{id_}", text) | {
            "answer_id": id_, "question_id": question, "is_accepted": True, "tags": ["export"],
        }  # fmt: skip
        self._bump(question)
        return f"answer-{id_}"

    def remark(self, kind: str, post: int, text: str) -> str:
        """Comment on a post, which is no activity of its question."""
        id_ = 900 + len(self.comments)
        on = post if kind == "question" else self.answers[post]["question_id"]
        self.comments[id_] = self._words(f"questions/{on}/trouble#comment{id_}_{post}", text) | {
            "comment_id": id_, "post_id": post, "post_type": kind,
        }  # fmt: skip
        return f"comment-{id_}"

    def edit(self, native_id: str, text: str) -> None:
        """An edit is activity, but that of a comment is none."""
        self.at += timedelta(minutes=7)
        kind, item = self._found(native_id)
        item["body"] = f"<p>{text}</p>"
        if kind != "comment":
            item["last_edit_date"] = _epoch(self.at)
            self._bump(item["question_id"])

    def delete(self, native_id: str) -> None:
        """It just is not there any more; what hangs on it can still be asked for by id."""
        kind, _, id_ = native_id.partition("-")
        del self._all(kind)[int(id_)]

    def spoil(self, native_id: str) -> None:
        self._found(native_id)[1]["creation_date"] = "yesterday"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        asked, path = request.url.params, request.url.path.removeprefix("/2.3/")
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            said = "`key` doesn't match a known application"
            return _problem(400, 400, "bad_parameter", said)
        if path == "filters/create":
            right = (FIELDS, "none", "true")
            assert (asked["include"], asked["base"], asked["unsafe"]) == right
            return self._wrapped(path, [{"filter": MADE, "filter_type": "unsafe"}])
        if asked.get("site") != "stackoverflow":
            return _problem(400, 400, "bad_parameter", f"No site found for name `{asked['site']}`")
        match path.split("/"):
            case ["info"]:
                return self._wrapped(path, [{"total_questions": len(self.questions)}])
            case ["tags", _, "info"]:
                return self._wrapped(path, [{"name": "export", "count": 1}])
            case ["questions"]:
                return self._listing(path, self.questions, "last_activity_date", asked)
            case ["comments"]:
                return self._listing(path, self.comments, "creation_date", asked)
            case [kinds, ids]:
                assert asked["filter"] == MADE and len(ids.split(";")) <= 100
                kind = kinds.removesuffix("s")
                there = [int(id_) for id_ in ids.split(";") if int(id_) in self._all(kind)]
                return self._wrapped(path, [self._whole(kind, id_) for id_ in there])
        return _problem(400, 404, "no_method", "no method found with this name")

    def _listing(
        self, path: str, items: dict[int, Any], by: str, asked: httpx.QueryParams
    ) -> httpx.Response:
        assert asked["filter"] == MADE and asked["order"] == "asc"
        assert asked["sort"] == {"questions": "activity", "comments": "creation"}[path]
        found = [id_ for id_, item in items.items() if item[by] in _since(asked)]
        if path == "questions" and "tagged" in asked:
            found = [id_ for id_ in found if asked["tagged"] in items[id_]["tags"]]
        found.sort(key=lambda id_: (str(items[id_][by]), id_))
        start = (int(asked["page"]) - 1) * self.page
        shown = [self._whole(path.removesuffix("s"), id_) for id_ in found[start:][: self.page]]
        return self._wrapped(path, shown, has_more=len(found) > start + self.page)

    def _wrapped(self, path: str, items: list[Any], **more: Any) -> httpx.Response:
        wrapper = {"items": items, "has_more": False, "quota_max": 300, "quota_remaining": 290}
        rest = self.backoff(path)
        return httpx.Response(200, json=wrapper | more | ({"backoff": rest} if rest else {}))

    def _whole(self, kind: str, id_: int) -> dict[str, Any]:
        item = dict(self._all(kind)[id_])
        on = [c for c in self.comments.values() if (c["post_type"], c["post_id"]) == (kind, id_)]
        if kind == "question":
            ids = [a for a, answer in self.answers.items() if answer["question_id"] == id_]
            item |= {"answers": [self._whole("answer", a) for a in ids]} if ids else {}
        return item | ({"comments": on} if on else {})

    def _words(self, path: str, text: str) -> dict[str, Any]:
        owner = {"display_name": "Jo", "user_id": 7, "link": "https://stackoverflow.com/users/7/jo"}
        return {
            "body": f"<p>{text}</p>", "link": f"https://stackoverflow.com/{path}", "score": 4,
            "creation_date": _epoch(self.at), "owner": owner, "content_license": "CC BY-SA 4.0",
        }  # fmt: skip

    def _bump(self, question: int) -> None:
        if question in self.questions:
            self.questions[question]["last_activity_date"] = _epoch(self.at)

    def _all(self, kind: str) -> dict[int, dict[str, Any]]:
        return {"question": self.questions, "answer": self.answers, "comment": self.comments}[kind]

    def _found(self, native_id: str) -> tuple[str, dict[str, Any]]:
        kind, _, id_ = native_id.partition("-")
        return kind, self._all(kind)[int(id_)]


class _since:
    """The times that a question's `min` lets through; a spoiled one is let through too."""

    def __init__(self, asked: httpx.QueryParams) -> None:
        self.min = int(asked.get("min", 0))

    def __contains__(self, at: Any) -> bool:
        return not isinstance(at, int) or at >= self.min


def _epoch(at: datetime) -> int:
    return int(at.timestamp())


def _problem(status: int, id_: int, name: str, said: str) -> httpx.Response:
    problem = {"error_id": id_, "error_name": name, "error_message": said}
    return httpx.Response(status, json=problem)
