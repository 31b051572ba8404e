"""What a connector promises, each promise a function that a trial of it must survive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, TypeAlias

import httpx

from insights.errors import CredentialsError, InsightsError, RateLimited, SourceError
from insights.testing.failures import failures, once
from insights.testing.trial import Handler, Shelf, Trial, check_checkup, expect

AnyTrial: TypeAlias = Trial[Any]

TEXTS: Final = tuple(f"Export number {n} fails when the device is offline" for n in range(12))
CHEAP = 8
"""Requests that a pull may take to learn that there is nothing new."""

FEW = 5
"""Requests that a check may take."""

CHANGING = ("PUT", "PATCH", "DELETE")


def everything_arrives(trial: AnyTrial) -> None:
    """A first pull brings every post, once, as it was written."""
    server = trial.new_server()
    written = {server.add(text): text for text in TEXTS}
    shelf = trial.pull(server)
    missing = written.keys() - shelf.posts.keys()
    expect(not missing, f"posts did not come: {sorted(missing)[:5]}")
    surplus = shelf.posts.keys() - written.keys()
    expect(not surplus, f"posts came under ids that nobody wrote: {sorted(surplus)[:5]}")
    for native_id, text in written.items():
        expect(text in shelf.posts[native_id].text, f"post {native_id} came with other words")
    expect(not shelf.skipped, f"good items were skipped: {shelf.skipped[:2]}")


def a_kill_after_any_batch_loses_nothing(trial: AnyTrial) -> None:
    """Whatever cursor was saved last, the next pull ends where an undisturbed one does."""
    server = trial.server(*TEXTS)
    whole = trial.pull(server)
    batches = list(trial.connector(server).pull(None))
    expect(bool(batches), "a source with posts yields no batch")
    for kept in range(len(batches) + 1):
        shelf = Shelf()
        for batch in batches[:kept]:
            shelf.take(batch)
        _same(trial.pull(server, shelf), whole, f"killed after batch {kept} of {len(batches)}")


def a_kill_at_any_request_loses_nothing(trial: AnyTrial) -> None:
    """The line may go dead at any request: an error says so, and the next pull goes on."""
    server = trial.server(*TEXTS)
    whole = trial.pull(server)
    for alive in range(trial.requests):
        left = [alive]

        def dying(request: httpx.Request, left: list[int] = left) -> httpx.Response:
            left[0] -= 1
            if left[0] < 0:
                raise httpx.ConnectError("the line is dead", request=request)
            return _answer(server, request)

        shelf = Shelf()
        try:
            trial.pull(server, shelf, dying)
        except SourceError:
            pass
        else:
            expect(False, f"a line that went dead at request {alive + 1} was not reported")
        _same(trial.pull(server, shelf), whole, f"cut off at request {alive + 1}")


def what_comes_later_arrives_from_any_cursor(trial: AnyTrial) -> None:
    """Posts that are written between a kill and the next pull come too."""
    server = trial.server(*TEXTS)
    states = [Shelf()]
    for batch in trial.connector(server).pull(None):
        states.append(states[-1].copy())
        states[-1].take(batch)
    for number in range(3):
        server.add(f"Late report {number}")
    whole = trial.pull(server)
    for kept, shelf in enumerate(states):
        _same(trial.pull(server, shelf), whole, f"resumed from cursor {kept} with new posts")


def equal_times_at_the_boundary_survive(trial: AnyTrial) -> None:
    """A post with the very time of the last one read is not taken for read."""
    server = trial.server("First of its second")
    for number in range(6):
        server.add(f"Same second {number}", same_time=True)
    shelf = trial.pull(server)
    expect(len(shelf.posts) == 7, f"of 7 posts of one second {len(shelf.posts)} came")
    late = server.add("Came to light later in that second", same_time=True)
    trial.pull(server, shelf)
    expect(late in shelf.posts, "a later post with the time of the last one read never came")


def posts_that_come_while_reading_lose_none(trial: AnyTrial) -> None:
    """New posts move the pages of a listing while it is walked; two pulls have everything."""
    server = trial.server(*TEXTS)
    left = [6]

    def busy(request: httpx.Request) -> httpx.Response:
        if left[0] > 0:
            left[0] -= 1
            server.add(f"Written meanwhile {left[0]}")
        return _answer(server, request)

    shelf = trial.pull(server, handler=busy)
    trial.pull(server, shelf)
    _same(shelf, trial.pull(server), "read while others wrote, and once more")


def nothing_new_is_cheap(trial: AnyTrial) -> None:
    """A second pull asks little and brings little."""
    server = trial.server(*TEXTS)
    shelf = trial.pull(server)
    trial.requests = 0
    again = list(trial.connector(server).pull(shelf.cursor))
    posts = sum(len(batch.posts) for batch in again)
    expect(trial.requests <= CHEAP, f"learning of nothing new took {trial.requests} requests")
    expect(posts <= 2, f"a pull with nothing new brought {posts} posts again")


def edits_arrive(trial: AnyTrial) -> None:
    """An edited post comes with its new words, by the next pull or when it is asked for again."""
    server = trial.server(*TEXTS)
    shelf = trial.pull(server)
    for native_id in (sorted(shelf.posts)[0], sorted(shelf.posts)[-1]):
        server.edit(native_id, "It was the proxy after all")
    before = set(shelf.posts)
    trial.recheck(server, trial.pull(server, shelf))
    expect(set(shelf.posts) == before, "asking again changed which posts there are")
    for native_id in (sorted(before)[0], sorted(before)[-1]):
        new = "It was the proxy after all" in shelf.posts[native_id].text
        expect(new, f"the edit of {native_id} did not arrive")


def deletions_become_tombstones(trial: AnyTrial) -> None:
    """A deleted post is gone after the next pull and recheck, and no other is."""
    server = trial.server(*TEXTS)
    shelf = trial.pull(server)
    before = trial.recheck(server, shelf.copy())
    expect(before.posts == shelf.posts, "asking again for posts that did not change changes them")
    doomed = sorted(shelf.posts)[len(shelf.posts) // 2]
    server.delete(doomed)
    trial.recheck(server, trial.pull(server, shelf))
    if trial.requests:  # a file says what it holds; only it can say what is gone
        expect(doomed in shelf.gone, f"the deletion of {doomed} left no tombstone")
    expect(shelf.gone <= {doomed}, f"tombstones for living posts: {sorted(shelf.gone)[:5]}")


def one_bad_item_is_skipped(trial: AnyTrial) -> None:
    """An item that cannot be read is named and skipped; its neighbours and later ones come."""
    server = trial.new_server()
    written = [server.add(text) for text in TEXTS]
    bad = written[len(written) // 2]
    server.spoil(bad)
    shelf = trial.pull(server)
    missing = set(written) - {bad} - shelf.posts.keys()
    expect(not missing, f"a bad item took others with it: {sorted(missing)[:5]}")
    expect(bool(shelf.skipped), "a bad item was passed over in silence")
    later = server.add("Written after the bad item")
    expect(later in trial.pull(server, shelf).posts, "after a bad item nothing new comes")


def retry_after_is_obeyed(trial: AnyTrial) -> None:
    """A short wait is waited; a long one ends the pull with the time to come back."""
    server = trial.server(*TEXTS)
    whole = trial.pull(server)
    if not trial.requests:
        return
    limited = once(server, httpx.Response(429, headers={"Retry-After": "7"}), at=2)
    trial.clock.slept.clear()
    _same(trial.pull(server, handler=limited), whole, "told once to wait 7 seconds")
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


def a_check_says_what_a_pull_would_read(trial: AnyTrial) -> None:
    """In at most five requests, handshakes included; it changes nothing, as the next pull shows."""
    server = trial.server(*TEXTS)
    whole = trial.pull(server)
    trial.requests, asked = 0, []

    def watched(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return _answer(server, request)

    connector = trial.connector(server, watched)
    found = connector.check()
    expect(trial.requests <= FEW, f"a check took {trial.requests} requests, not {FEW} at most")
    expect(not set(asked) & set(CHANGING), f"a check asked by {asked}; it may only read")
    check_checkup(found, secret=server.token)
    shelf = Shelf()
    for batch in connector.pull(None):
        shelf.take(batch)
    _same(shelf, whole, "pulled after a check")


def a_check_that_fails_says_why(trial: AnyTrial) -> None:
    """Refused, it is a CredentialsError; whatever else answers is no source that can be read."""
    server = trial.server(*TEXTS)
    trial.pull(server)
    if not trial.requests:
        return
    for name, reply in failures(server.token).items():
        error = trial.failure(server, lambda _, reply=reply: reply(), "check")  # type: ignore[misc]
        expect(error is not None, f"a check took {name} for a source that can be read")
    for status in (401, 403):
        said = {"message": f"Bad credentials {server.token}"}
        refused = httpx.Response(status, json=said)
        error = trial.failure(server, lambda _, refused=refused: refused, "check")  # type: ignore[misc]
        named = isinstance(error, CredentialsError)
        expect(named, f"a refusal by {status} ended with {error!r}, not CredentialsError")


def _answer(server: Handler, request: httpx.Request) -> httpx.Response:
    return server(request)


def _same(shelf: Shelf, whole: Shelf, when: str) -> None:
    missing = whole.posts.keys() - shelf.posts.keys()
    expect(not missing, f"{when}: lost {sorted(missing)[:5]}")
    surplus = shelf.posts.keys() - whole.posts.keys()
    expect(not surplus, f"{when}: has {sorted(surplus)[:5]} too many")
    differing = [id_ for id_, post in whole.posts.items() if shelf.posts[id_] != post]
    expect(not differing, f"{when}: {differing[:5]} differ")


PROMISES: Final[Mapping[str, Callable[[AnyTrial], None]]] = {
    promise.__name__: promise
    for promise in (
        everything_arrives,
        a_kill_after_any_batch_loses_nothing,
        a_kill_at_any_request_loses_nothing,
        what_comes_later_arrives_from_any_cursor,
        equal_times_at_the_boundary_survive,
        posts_that_come_while_reading_lose_none,
        nothing_new_is_cheap,
        edits_arrive,
        deletions_become_tombstones,
        one_bad_item_is_skipped,
        retry_after_is_obeyed,
        a_refusal_is_a_credentials_error,
        no_failure_shows_the_secret_or_deletes,
        a_check_says_what_a_pull_would_read,
        a_check_that_fails_says_why,
    )
}
