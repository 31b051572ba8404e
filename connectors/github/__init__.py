"""Reads a GitHub repository: issues, their comments, discussions, and releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel

from connectors.github.discussions import Discussions
from connectors.github.issues import PAGE, Issues
from connectors.github.options import GitHubOptions
from connectors.github.permissions import refusal
from connectors.github.releases import Releases
from connectors.github.shapes import Repository
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, reveal, shaped
from insights.models import JSON, Batch, Checkup, Terms

AN_HOUR = {True: 5_000, False: 60}
"""Requests an hour that GitHub grants: to a token, and to an address."""


class GitHub:
    """A repository as a source.

    Native ids are `issue-12`, `pull-12`, `comment-99`, `discussion-7` and `discussion-comment-ID`
    with GitHub's own lasting ID. The cursor holds for each listing the time up to which it was
    read, and what was read within `lookback` of it.
    """

    Options: ClassVar[type[BaseModel]] = GitHubOptions
    terms: ClassVar[Terms] = Terms()
    """GitHub sets no limit on keeping what is public."""

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

    def check(self) -> Checkup:
        """Count issues and discussions, and learn whether the token may read them.

        Raises:
            CredentialsError: names the permission that a token lacks, as GitHub does.
        """
        repository = self._repository()
        counts: dict[str, int] = {}
        if repository.has_issues and (self.options.issues or self.options.pull_requests):
            counts["issues and pull requests"] = self._issues(repository).count()
        if repository.has_discussions and self._reads_discussions:
            counts["discussions"] = self._discussions(repository).count()
        said = " and ".join(f"{count:,} {name}" for name, count in counts.items()) or "nothing"
        if self.options.since:
            changed = f"what changed since {self.options.since:%Y-%m-%d}"
            return Checkup(reads=f"{changed} of {said} of {repository.full_name}")
        # a page of issues or of their comments is a request, and so is a discussion
        requests = sum(counts.values()) // PAGE * 2 + counts.get("discussions", 0)
        hours = requests // AN_HOUR[bool(self._token)]
        return Checkup(
            reads=f"{said} of {repository.full_name}",
            items=sum(counts.values()),
            seconds=hours * 3600.0 if hours else None,
        )

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
        url = f"{self._api}/repos/{name}"
        reply = self._http.get(url, headers=self._headers, allow=(403, 404))
        if reply.status != 200:
            raise refusal(reply, name, "metadata=read")
        try:
            return shaped(Repository, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as GitHub does ({bad})") from None
