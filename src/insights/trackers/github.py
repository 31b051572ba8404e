"""Opens issues in a GitHub repository, looks at them, and comments on them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from insights.errors import BadItem, CredentialsError, PublishError, SourceError, Undecided
from insights.http import Http, Moment, Payload, Reply, reveal, shaped
from insights.models import Looked, Opened

REFUSED = (403, 404, 410, 422)
GONE = (404, 410, 451)
NEEDED = "a fine-grained token needs 'Issues: read and write', a classic one the scope repo"


class GitHubOptions(BaseModel):
    """A repository, and who opens issues in it; what the source says need not be said again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    """As in `owner/name`."""
    api_url: str = Field("https://api.github.com", pattern=r"^https?://[^\s?#]+$")
    """Of GitHub Enterprise: `https://HOST/api/v3`."""
    token: SecretStr | None = None
    """A token that may write issues, as "$NAME"; the source's own if it is not set."""
    labels: tuple[str, ...] = ()
    """Labels of the issues that are opened."""


class Issue(BaseModel):
    """An issue as GitHub writes it."""

    number: int
    html_url: str
    body: str | None = None
    state: str = "open"
    state_reason: str | None = None
    closed_at: Moment | None = None
    pull_request: Payload = None


class Comment(BaseModel):
    """A comment that was taken."""

    html_url: str


class GitHub:
    """A repository that can be written to."""

    Options: ClassVar[type[BaseModel]] = GitHubOptions
    markup: ClassVar[str] = "markdown"

    def __init__(self, source: str, options: GitHubOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._issues = f"{options.api_url.rstrip('/')}/repos/{options.repository}/issues"

    @property
    def _headers(self) -> dict[str, str]:
        """Read the token when it is needed: without it, nights go on."""
        token = reveal(self.options.token, f"trackers.{self.source}.token")
        return {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }

    def open(self, title: str, body: str, *, key: str) -> Opened:
        """Open an issue; `key` stands in its body already."""
        asked: dict[str, object] = {"title": title, "body": body}
        asked |= {"labels": list(self.options.labels)}
        return _opened(self._send(self._issues, asked))

    def find(self, key: str, since: datetime) -> Opened | None:
        """Walk the issues that changed after `since`, which those opened after it did."""
        params: list[tuple[str, str | int]] = [("state", "all"), ("per_page", 100)]
        params.append(("since", f"{since:%Y-%m-%dT%H:%M:%SZ}"))
        for reply in self._http.pages(self._issues, params=params, headers=self._headers):
            items = reply.json()
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict) and key in str(item.get("body") or ""):
                    return _opened(reply, item)
        return None

    def look(self, native_id: str) -> Looked | None:
        """Ask for one issue; one that moved to another repository is found there."""
        number = native_id.rpartition("-")[2]
        reply = self._http.get(f"{self._issues}/{number}", headers=self._headers, allow=GONE)
        if reply.status in GONE:
            return None
        try:
            issue = shaped(Issue, reply.json())
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as GitHub does ({bad})") from None
        about = {
            "state": issue.state,
            "state_reason": issue.state_reason,
            "closed_at": issue.closed_at.isoformat() if issue.closed_at else None,
        }
        return Looked(issue.html_url, {name: value for name, value in about.items() if value})

    def answers(self, thread_id: str) -> bool:
        """Issues and pull requests; discussions are answered by hand."""
        return thread_id.rpartition("-")[0] in ("issue", "pull")

    def reply(self, thread_id: str, text: str) -> str:
        """Comment on an issue or pull request."""
        number = thread_id.rpartition("-")[2]
        reply = self._send(f"{self._issues}/{number}/comments", {"body": text})
        try:
            return shaped(Comment, reply.json()).html_url
        except (BadItem, SourceError):
            raise Undecided(f"{reply.url} took the comment, but did not say where it is") from None

    def _send(self, url: str, asked: dict[str, object]) -> Reply:
        if not self.options.token:
            raise CredentialsError(
                f"trackers.{self.source}: GitHub takes nothing without a token; set one: {NEEDED}"
            )
        reply = self._http.send(url, json=asked, headers=self._headers, allow=REFUSED)
        if reply.status in REFUSED:
            raise PublishError(
                f"GitHub refused with status {reply.status}{reply.said}; {NEEDED}, and the "
                "repository must have issues"
            )
        return reply


def _opened(reply: Reply, item: Payload | None = None) -> Opened:
    try:
        issue = shaped(Issue, reply.json() if item is None else item)
    except (BadItem, SourceError):
        raise Undecided(f"{reply.url} took the issue, but did not say where it is") from None
    return Opened(f"issue-{issue.number}", issue.html_url)
