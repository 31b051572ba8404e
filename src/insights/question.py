"""One question that a connector asks, and the failure of it that may pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from insights.credentials import redact
from insights.reply import Reply


class TryAgain(Exception):
    """A failure that may pass; `wait_s` is what the server asked for."""

    def __init__(self, problem: str, *, wait_s: float | None = None, limited: bool = False) -> None:
        super().__init__(problem)
        self.wait_s = wait_s
        self.limited = limited or wait_s is not None


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and which of its parts must never be shown."""

    method: str
    url: httpx.URL
    params: tuple[tuple[str, str | int], ...]
    headers: Mapping[str, str]
    auth: tuple[str, str] | None
    allow: Sequence[int] = ()
    body: object = None
    form: Mapping[str, str] | None = None
    limited: Callable[[Reply], bool] | None = None
    throttled: Callable[[Reply], float | None] | None = None

    @property
    def host(self) -> str:
        """Who is asked."""
        return self.url.host

    def redact(self, text: str) -> str:
        """Put stars in place of everything secret."""
        return redact(text, {**self.headers, **(self.form or {})}, self.auth)
