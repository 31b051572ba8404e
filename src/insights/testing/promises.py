"""What a connector promises, each promise a function that a trial of it must survive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import httpx

from insights.errors import CredentialsError, SourceError
from insights.testing import trouble
from insights.testing.failures import failures
from insights.testing.trial import (
    TEXTS,
    AnyTrial,
    Shelf,
    answer,
    check_checkup,
    expect,
    expect_same,
)  # fmt: skip

CHEAP = 6
"""Requests that a pull may take to learn of nothing new: two a listing, and a handshake."""

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
        expect_same(
            trial.pull(server, shelf), whole, f"killed after batch {kept} of {len(batches)}"
        )


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
            return answer(server, request)

        shelf = Shelf()
        try:
            trial.pull(server, shelf, dying)
        except SourceError:
            pass
        else:
            expect(False, f"a line that went dead at request {alive + 1} was not reported")
        expect_same(trial.pull(server, shelf), whole, f"cut off at request {alive + 1}")


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
        expect_same(trial.pull(server, shelf), whole, f"resumed from cursor {kept} with new posts")


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
        return answer(server, request)

    shelf = trial.pull(server, handler=busy)
    trial.pull(server, shelf)
    expect_same(shelf, trial.pull(server), "read while others wrote, and once more")


def posts_that_move_while_reading_lose_none(trial: AnyTrial) -> None:
    """Edits and deletions move others from page to page; two pulls have every one that is left."""
    server = trial.new_server()
    early = [server.add(text) for text in TEXTS][:5]

    def busy(request: httpx.Request) -> httpx.Response:
        reply = answer(server, request)
        if early:
            act = server.delete if len(early) < 3 else partial(server.edit, text="Said again")
            act(early.pop(0))
        return reply

    shelf = trial.pull(server, handler=busy)
    trial.pull(server, shelf)
    missing = trial.pull(server).posts.keys() - shelf.posts.keys()
    expect(not missing, f"read while posts were edited and deleted: lost {sorted(missing)[:5]}")


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


def a_check_says_what_a_pull_would_read(trial: AnyTrial) -> None:
    """In at most five requests, handshakes included; it changes nothing, as the next pull shows."""
    server = trial.server(*TEXTS)
    whole = trial.pull(server)
    trial.requests, asked = 0, []

    def watched(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return answer(server, request)

    connector = trial.connector(server, watched)
    found = connector.check()
    expect(trial.requests <= FEW, f"a check took {trial.requests} requests, not {FEW} at most")
    expect(not set(asked) & set(CHANGING), f"a check asked by {asked}; it may only read")
    check_checkup(found, secret=server.token)
    shelf = Shelf()
    for batch in connector.pull(None):
        shelf.take(batch)
    expect_same(shelf, whole, "pulled after a check")


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


PROMISES: Final[Mapping[str, Callable[[AnyTrial], None]]] = {
    promise.__name__: promise
    for promise in (
        everything_arrives,
        a_kill_after_any_batch_loses_nothing,
        a_kill_at_any_request_loses_nothing,
        what_comes_later_arrives_from_any_cursor,
        equal_times_at_the_boundary_survive,
        posts_that_come_while_reading_lose_none,
        posts_that_move_while_reading_lose_none,
        nothing_new_is_cheap,
        edits_arrive,
        deletions_become_tombstones,
        one_bad_item_is_skipped,
        trouble.retry_after_is_obeyed,
        trouble.a_refusal_is_a_credentials_error,
        trouble.no_failure_shows_the_secret_or_deletes,
        trouble.what_has_no_end_is_left,
        a_check_says_what_a_pull_would_read,
        a_check_that_fails_says_why,
    )
}
