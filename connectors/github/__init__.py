"""Reads a GitHub repository: issues, their comments, discussions, and releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel

from connectors.github.discussions import Discussions
from connectors.github.issues import Issues
from connectors.github.options import GitHubOptions
from connectors.github.releases import Releases
from connectors.github.shapes import Repository
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, reveal, shaped
from insights.models import JSON, Batch


class GitHub:
    """A repository as a source.

    Native ids are `issue-12`, `pull-12`, `comment-99`, `discussion-7` and `discussion-comment-ID`
    with GitHub's own lasting ID. The cursor holds for each listing the time up to which it was
    read, and what was read within `lookback` of it.
    """

    Options: ClassVar[type[BaseModel]] = GitHubOptions

    def __init__(self, source: str, options: GitHubOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._api = options.api_url.rstrip("/")
        self._token = reveal(options.token, f"{source}.token")
        self._headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        if self._token:
            self._headers["Authorization"] = f"Bearer {self._token}"
        elif options.discussions:
            raise CredentialsError(f"{source}: GitHub shows discussions only to a token; set one")

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read what changed since `cursor`: issues, comments, discussions, then releases."""
        cursor = cursor or {}
        repository = self._repository()
        walks = []
        if repository.has_issues and (self.options.issues or self.options.pull_requests):
            issues = self._issues(repository)
            walks += [("issues", issues.issues), ("comments", issues.comments)]
        if repository.has_discussions and self._reads_discussions:
            walks += [("discussions", self._discussions(repository).pull)]
        if self.options.releases:
            walks += [("releases", self._releases(repository).pull)]
        for name, walk in walks:
            for batch in walk(cursor.get(name)):
                cursor = cursor | {name: batch.cursor}
                yield replace(batch, cursor=cursor)

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for each issue, comment and discussion again, for discussion comments together."""
        repository = self._repository()  # a refused token must not read as a deletion
        ours = [id_ for id_ in native_ids if not id_.startswith("discussion-")]
        yield from self._issues(repository).recheck(ours)
        if self._token:
            theirs = [id_ for id_ in native_ids if id_.startswith("discussion-")]
            yield from self._discussions(repository).recheck(theirs)

    @property
    def _reads_discussions(self) -> bool:
        return bool(self._token) if self.options.discussions is None else self.options.discussions

    def _issues(self, repository: Repository) -> Issues:
        url = f"{self._api}/repos/{repository.full_name}"
        return Issues(self.source, self.options, url, repository.url, self._http, self._headers)

    def _releases(self, repository: Repository) -> Releases:
        url = f"{self._api}/repos/{repository.full_name}/releases"
        return Releases(self.source, url, self._http, self._headers)

    def _discussions(self, repository: Repository) -> Discussions:
        url = self._api.removesuffix("/v3") + "/graphql"
        return Discussions(
            self.source, self.options, url, repository.full_name, self._http, self._headers
        )

    def _repository(self) -> Repository:
        """Find the repository under its present name, and learn early whether we may read it."""
        name = self.options.repository
        reply = self._http.get(f"{self._api}/repos/{name}", headers=self._headers, allow=(404,))
        if reply.status == 404:
            raise SourceError(f"there is no repository {name} that this token may read")
        try:
            return shaped(Repository, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as GitHub does ({bad})") from None
