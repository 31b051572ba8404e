"""What a connector promises of servers that limit, refuse, fail, or say the same for ever."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import httpx

from insights.errors import CredentialsError, InsightsError, RateLimited
from insights.testing.failures import failures, once, repeating
from insights.testing.trial import TEXTS, AnyTrial, expect, expect_same

ENDLESS = 300
"""Requests after which a connector should have seen that it gets the same answer for ever."""


def retry_after_is_obeyed(trial: AnyTrial) -> None:
    """A short wait is waited; a long one ends the pull with the time to come back."""
    server = trial.server(*TEXTS)
    whole = trial.pull(server)
    if not trial.requests:
        return
    limited = once(server, httpx.Response(429, headers={"Retry-After": "7"}), at=2)
    trial.clock.slept.clear()
    expect_same(trial.pull(server, handler=limited), whole, "told once to wait 7 seconds")
    expect(7.0 in trial.clock.slept, f"Retry-After: 7 was answered by {trial.clock.slept}")
    trial.clock.slept.clear()
    error = trial.failure(server, lambda _: httpx.Response(429, headers={"Retry-After": "7200"}))
    if not isinstance(error, RateLimited):
        expect(False, f"Retry-After: 7200 ended with {error!r}, not RateLimited")
    else:
        due = error.resume_at - trial.clock.now_at
        expect(abs(due - timedelta(hours=2)) < timedelta(minutes=1), f"resume_at is {due} away")
    expect(sum(trial.clock.slept) < 7200, "two hours were slept through")


def a_refusal_is_a_credentials_error(trial: AnyTrial) -> None:
    """401 and a 403 that is no rate limit say that the key is wrong, without showing it."""
    server = trial.server(*TEXTS)
    trial.pull(server)
    if not trial.requests:
        return
    for status in (401, 403):
        error = trial.failure(
            server,
            lambda request, status=status: httpx.Response(  # type: ignore[misc]
                status, json={"message": f"Bad credentials {server.token}"}
            ),
        )
        named = isinstance(error, CredentialsError)
        expect(named, f"a refusal by {status} ended with {error!r}, not CredentialsError")


def no_failure_shows_the_secret_or_deletes(trial: AnyTrial) -> None:
    """However a server fails, the error is plain, holds no secret, and nothing reads as deleted."""
    server = trial.server(*TEXTS)
    whole = trial.pull(server)
    if not trial.requests:
        return
    for name, reply in failures(server.token).items():
        for act in ("pull", "recheck"):
            error = trial.failure(server, lambda _, reply=reply: reply(), act)  # type: ignore[misc]
            expect(error is not None, f"{name} instead of an answer ended a {act} without an error")
        shelf = whole.copy()
        with suppress(InsightsError):  # that it is one was seen above
            trial.recheck(server, shelf, lambda _, reply=reply: reply())  # type: ignore[misc]
        expect(not shelf.gone, f"{name} was taken for the deletion of {len(shelf.gone)} posts")


def what_has_no_end_is_left(trial: AnyTrial) -> None:
    """A server that gives one answer for ever is left, with an error or with what it gave."""
    server = trial.server(*TEXTS)
    trial.pull(server)
    for at in range(1, trial.requests + 1):
        trial.requests = 0
        trial.failure(server, repeating(server, at=at, most=ENDLESS))
        expect(trial.requests < ENDLESS, f"asks on and on where answer {at} comes for ever")
