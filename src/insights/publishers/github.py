"""Opens an issue or a discussion for each digest, and edits it where words were erased."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from insights.errors import InsightsError, PublishError, SourceError, Undecided
from insights.http import Http, Reply, once, reveal, shaped

_SURE = {"NOT_FOUND", "FORBIDDEN", "INSUFFICIENT_SCOPES", "UNPROCESSABLE", "RATE_LIMITED"}
"""Kinds of errors with which GitHub has changed nothing."""

_SKEW = timedelta(days=1)
"""How far GitHub's clock may be from ours."""

_NEWEST = "(first: 25, after: $after, orderBy: {field: CREATED_AT, direction: DESC})"
_PAGE = "{ pageInfo { hasNextPage endCursor } nodes { id url body createdAt viewerDidAuthor } }"
_ASKED = (
    "query($owner: String!, $name: String!, $after: String) "
    "{ repository(owner: $owner, name: $name)"
)
_ISSUES = f"{_ASKED} {{ id found: issues{_NEWEST} {_PAGE} }} }}"
_DISCUSSIONS = (
    f"{_ASKED} {{ id found: discussions{_NEWEST} {_PAGE} "
    "discussionCategories(first: 100) { nodes { id name } } } }"
)
_OPEN_ISSUE = """mutation($repository: ID!, $title: String!, $body: String!) {
  made: createIssue(input: {repositoryId: $repository, title: $title, body: $body}) {
    it: issue { url } }
}"""
_OPEN_DISCUSSION = """mutation($repository: ID!, $category: ID!, $title: String!, $body: String!) {
  made: createDiscussion(
    input: {repositoryId: $repository, categoryId: $category, title: $title, body: $body}
  ) { it: discussion { url } }
}"""
_EDIT_ISSUE = """mutation($id: ID!, $title: String!, $body: String!) {
  made: updateIssue(input: {id: $id, title: $title, body: $body}) { it: issue { url } }
}"""
_EDIT_DISCUSSION = """mutation($id: ID!, $title: String!, $body: String!) {
  made: updateDiscussion(input: {discussionId: $id, title: $title, body: $body}) {
    it: discussion { url } }
}"""


class GithubOptions(BaseModel):
    """A repository, and a token that may write there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="as in owner/name")
    token: SecretStr = Field(description="may read and write its issues or discussions; `$NAME`")
    category: str | None = Field(
        None, description="of discussions, by its name; without one, issues are opened"
    )
    api_url: str = Field(
        "https://api.github.com", pattern=r"^https?://[^\s?#@]+$", description="of another GitHub"
    )
    allow_private: bool = Field(
        False, description="whether the address may be of this machine or of an inner network"
    )


class _Thread(BaseModel):
    """An issue or a discussion that is there."""

    id: str
    url: str
    body: str
    createdAt: AwareDatetime
    viewerDidAuthor: bool


class _Info(BaseModel):
    hasNextPage: bool
    endCursor: str | None


class _Page(BaseModel):
    pageInfo: _Info
    nodes: list[_Thread]


class _Category(BaseModel):
    id: str
    name: str


class _Categories(BaseModel):
    nodes: list[_Category]


class _Repository(BaseModel):
    """A repository with one page of its threads."""

    id: str
    found: _Page
    discussionCategories: _Categories = _Categories(nodes=[])


class _Data(BaseModel):
    repository: _Repository


class _Answer(BaseModel):
    data: _Data


class _Letter(NamedTuple):
    title: str
    body: str
    as_of: datetime
    marker: str


class GitHub:
    """One issue or discussion a digest, known again by a mark in its body that nobody sees."""

    Options: ClassVar[type[BaseModel]] = GithubOptions
    replaces: ClassVar[bool] = True

    def __init__(self, name: str, options: GithubOptions, *, http: Http | None = None) -> None:
        self.name = name
        self.options = options
        self._http = http or Http(allow_private=options.allow_private)
        self._url = options.api_url.rstrip("/").removesuffix("/v3") + "/graphql"

    @property
    def addresses(self) -> tuple[str]:
        """One repository."""
        return ("",)

    def write(self, digest_id: str, documents: Mapping[str, bytes], *, to: str, key: str) -> bytes:
        """Return title and body; the body ends in the mark of this delivery."""
        title, _, body = documents["issue"].decode().partition("\n\n")
        marker = f"<!-- insights {hashlib.sha256(key.encode()).hexdigest()[:32]} -->"
        as_of = json.loads(documents["json"])["as_of"]
        letter = {"title": title, "body": f"{body}\n{marker}\n", "as_of": as_of, "marker": marker}
        return json.dumps(letter, ensure_ascii=False).encode()

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        """Open it, or edit the one that is there; what GitHub did is looked up where it is open."""
        told = json.loads(letter)
        wanted = _Letter(**{**told, "as_of": datetime.fromisoformat(told["as_of"])})
        try:
            there, repository = self._find(wanted)
        except InsightsError as error:
            raise PublishError(f"{self._place} could not be looked through: {error}") from None
        if there is None:
            return self._open(wanted, repository)
        if there.body.replace("\r\n", "\n").strip() != wanted.body.strip():
            self._edit(wanted, there)
        return there.url

    def _open(self, wanted: _Letter, repository: _Repository) -> str:
        names = {"repository": repository.id, "title": wanted.title, "body": wanted.body}
        if self.options.category is not None:
            names["category"] = self._category(repository)
        query = _OPEN_ISSUE if self.options.category is None else _OPEN_DISCUSSION
        try:
            return self._change(query, names)
        except Undecided:
            try:
                there, _ = self._find(wanted)
            except InsightsError:
                there = None
            if there is None:
                raise  # it may yet come to be
            return there.url

    def _edit(self, wanted: _Letter, there: _Thread) -> None:
        query = _EDIT_ISSUE if self.options.category is None else _EDIT_DISCUSSION
        try:
            self._change(query, {"id": there.id, "title": wanted.title, "body": wanted.body})
        except Undecided as error:  # the same edit can be made again
            raise PublishError(str(error)) from None

    def _find(self, wanted: _Letter) -> tuple[_Thread | None, _Repository]:
        """Return what we opened for this delivery, and the repository; the newest come first."""
        for repository in self._pages():
            for each in repository.found.nodes:
                if each.viewerDidAuthor and wanted.marker in each.body:
                    return each, repository
                if each.createdAt < wanted.as_of - _SKEW:
                    return None, repository
        return None, repository

    def _pages(self) -> Iterator[_Repository]:
        owner, _, name = self.options.repository.partition("/")
        query = _ISSUES if self.options.category is None else _DISCUSSIONS
        after: str | None = None
        seen: set[str] = set()
        while True:
            question = {"query": query, "variables": {"owner": owner, "name": name, "after": after}}
            reply = self._http.post(
                self._url, json=question, headers=self._headers(), limited=_is_limit
            )
            if errors := _errors(reply):
                raise SourceError(f"{_said(errors)}; check the name, and what the token may do")
            repository = shaped(_Answer, reply.json()).data.repository
            yield repository
            after = repository.found.pageInfo.endCursor
            if not repository.found.pageInfo.hasNextPage or after is None:
                return
            once(seen, after, "page")

    def _category(self, repository: _Repository) -> str:
        known = {each.name: each.id for each in repository.discussionCategories.nodes}
        if self.options.category not in known:
            raise PublishError(
                f"{self._place} has no category of discussions called '{self.options.category}'; "
                f"there is: {', '.join(sorted(known)) or 'none, so switch discussions on'}"
            )
        return known[self.options.category]

    def _change(self, query: str, variables: Mapping[str, Any]) -> str:
        reply = self._http.send(
            self._url, json={"query": query, "variables": variables}, headers=self._headers(),
            limited=_is_limit,
        )  # fmt: skip
        try:
            said = reply.json()
            return str(said["data"]["made"]["it"]["url"])
        except (SourceError, KeyError, TypeError):
            pass
        errors = _errors(reply)
        if errors and all(each.get("type") in _SURE or "extensions" in each for each in errors):
            raise PublishError(f"{self._place} refused it: {_said(errors)}")
        raise Undecided(f"{self._place} did not say whether it was opened or changed")

    def _headers(self) -> dict[str, str]:
        token = reveal(self.options.token, f"publishers.{self.name}.token")
        return {"Authorization": f"Bearer {token}"}

    @property
    def _place(self) -> str:
        return self.options.repository


def _errors(reply: Reply) -> list[dict[str, Any]]:
    try:
        said = reply.json()
    except SourceError:
        return []
    errors = said.get("errors") if isinstance(said, dict) else None
    found = errors if isinstance(errors, list) else []
    return [each for each in found if isinstance(each, dict)]


def _said(errors: list[dict[str, Any]]) -> str:
    words = " ".join(str(errors[0].get("message", "it failed")).split())[:200]
    return "".join(sign for sign in words if sign.isprintable())


def _is_limit(reply: Reply) -> bool:
    return any(each.get("type") == "RATE_LIMITED" for each in _errors(reply))
