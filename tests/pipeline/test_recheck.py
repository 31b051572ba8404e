"""What a nightly recheck finds, what it costs, and what becomes of it when it fails."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from insights.models import Terms
from insights.pipeline import nightly
from insights.pipeline import recheck as rechecking
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.pipeline.ingest import ingest
from insights.pipeline.recheck import recheck
from tests.connectors.forum import Forum
from tests.pipeline import port
from tests.pipeline.faults import Killed, dying
from tests.pipeline.port import NIGHTS, days_pass, filled, held, night


def asked(forum: Forum) -> set[str]:
    """Return the ids of the posts that were asked for by id since the last look."""
    found = {
        id_
        for request in forum.asked
        for id_ in [
            *request.url.params.get_list("post_ids[]"),
            request.url.path.removeprefix("/posts/").removesuffix(".json"),
        ]
        if id_.isdigit()
    }
    forum.asked.clear()
    return found


def pulled(engine: Engine, forum: Forum) -> None:
    """Pull a forum and let a day pass, then forget what it was asked."""
    ingest(engine, port.source(forum), NIGHTS[0])
    days_pass(engine.database, 1)
    forum.asked.clear()


def test_it_finds_the_edits_and_deletions_that_no_listing_shows(engine: Engine) -> None:
    """The pull sees nothing new; asked again, the forum tells what became of its old posts."""
    forum = filled(8)
    pulled(engine, forum)
    edited, emptied, removed = list(held(engine))[1:4]
    forum.edit(edited, "It was another lantern altogether")
    forum.delete(emptied)
    forum.remove(removed)
    assert ingest(engine, port.source(forum), NIGHTS[1]).new == 0
    assert held(engine).keys() >= {edited, emptied, removed}
    tally = recheck(engine, port.source(forum), NIGHTS[1])
    assert (tally.new, tally.changed, tally.deleted) == (0, 1, 2)
    assert "another lantern" in held(engine)[edited]
    assert not held(engine).keys() & {emptied, removed}
    row = night(engine, NIGHTS[1])
    assert (row["state"], row["asked"], row["deleted"]) == ("ok", 8, 2)
    assert row["requests"] == len(forum.asked) - night(engine, NIGHTS[1], "pull")["requests"]


def test_the_budget_holds_and_those_not_asked_for_the_longest_come_first(engine: Engine) -> None:
    """Four a night: after three nights each of twelve was asked once, and none twice."""
    forum = filled(12)
    pulled(engine, forum)
    seen: list[set[str]] = []
    for at in NIGHTS[1:4]:
        recheck(engine, port.source(forum, recheck_posts=4), at)
        assert night(engine, at)["asked"] == 4
        seen.append(asked(forum))
        days_pass(engine.database, 1)
    assert [len(ids & held(engine).keys()) for ids in seen] == [4, 4, 4]
    assert set.union(*seen) == held(engine).keys()


def test_the_budget_of_a_night_is_spent_once(engine: Engine) -> None:
    """The same night again goes on with what is left of it, which is nothing."""
    forum = filled(12)
    pulled(engine, forum)
    for _ in range(2):
        recheck(engine, port.source(forum, recheck_posts=4), NIGHTS[1])
    assert night(engine, NIGHTS[1])["asked"] == 4


def test_what_was_pulled_tonight_is_not_asked_for_again(engine: Engine) -> None:
    forum = filled(5)
    ingest(engine, port.source(forum), NIGHTS[0])
    forum.asked.clear()
    recheck(engine, port.source(forum), NIGHTS[0])
    assert forum.asked == []


def test_no_budget_asks_nothing(engine: Engine) -> None:
    forum = filled(5)
    pulled(engine, forum)
    recheck(engine, port.source(forum, recheck_posts=0), NIGHTS[1])
    assert (forum.asked, night(engine, NIGHTS[1])["state"]) == ([], "ok")


def test_terms_that_ask_for_more_than_the_budget_get_it(engine: Engine) -> None:
    """Posts that must be confirmed within four days are asked for twice in them."""
    forum = filled(10)
    pulled(engine, forum)
    bound = port.source(forum, recheck_posts=1, terms=Terms(refresh_days=4))
    recheck(engine, bound, NIGHTS[1])
    assert night(engine, NIGHTS[1])["asked"] == 5
    days_pass(engine.database, 1)
    bound = port.source(forum, recheck_posts=1, terms=Terms(recheck_days=1))
    recheck(engine, bound, NIGHTS[2])
    assert night(engine, NIGHTS[2])["asked"] == 10


def test_what_its_source_shows_again_comes_back_and_what_was_erased_does_not(
    engine: Engine,
) -> None:
    """A moderator hides three posts and thinks better of it; one was erased meanwhile, and one
    is by somebody who had everything erased while it was hidden."""
    forum = filled(9)
    pulled(engine, forum)
    mine, erased, theirs = (list(held(engine))[place] for place in (1, 2, 3))
    for id_ in (mine, erased, theirs):
        forum.posts[int(id_)]["hidden"] = True
    recheck(engine, port.source(forum), NIGHTS[1])
    assert not held(engine).keys() & {mine, erased, theirs}
    erase(engine, post=f"forum:{erased}")
    erase(engine, author=f"forum:user{int(theirs) % 7}")
    for id_ in (mine, erased, theirs):
        forum.posts[int(id_)]["hidden"] = False
    days_pass(engine.database, 1)
    assert recheck(engine, port.source(forum, recheck_posts=50), NIGHTS[2]).new == 1
    assert held(engine).keys() & {mine, erased, theirs} == {mine}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        pytest.param(httpx.Response(500), "failed", id="down"),
        pytest.param(httpx.Response(401), "failed", id="refused"),
        pytest.param(httpx.Response(429, headers={"Retry-After": "7200"}), "waiting", id="limited"),
        pytest.param(httpx.Response(200, text="<html>Sign in</html>"), "failed", id="login-page"),
    ],
)
def test_a_recheck_that_fails_is_told_and_the_night_goes_on(
    engine: Engine, answer: httpx.Response, state: str
) -> None:
    """The source is well, the digest says what it could not see, and nothing was deleted."""
    forum = filled(6)
    pulled(engine, forum)
    quiet = dict(held(engine))

    def failing(request: httpx.Request) -> httpx.Response:
        by_id = request.url.path.startswith("/posts/") or "per_page" in request.url.params
        return answer if by_id else forum(request)

    made = replace(engine, sources=[port.source(forum, handler=failing)])
    outcome = nightly.run(made, as_of=NIGHTS[1], community="Port")
    assert outcome.broken == []
    assert held(engine) == quiet
    row = night(engine, NIGHTS[1])
    assert (row["state"], bool(row["resume_at"])) == (state, state == "waiting")
    (source,) = outcome.digest.sources
    assert source.state in ("ok", "silent")
    assert source.unchecked == row["note"] != ""
    assert [line for line in outcome.digest.not_seen if "could not be asked" in line]


class Stopping:
    """Stands before a forum and dies at one request, once."""

    def __init__(self, forum: Forum, at: int) -> None:
        self.forum, self.left = forum, at

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.left -= 1
        if self.left == 0:
            raise Killed("killed at a request")
        return self.forum(request)


def changed_forum(engine: Engine) -> tuple[Forum, set[str]]:
    """Return a forum of ten that was pulled and then changed, and the ids that should be left."""
    forum = filled(10)
    pulled(engine, forum)
    ids = list(held(engine))
    forum.edit(ids[2], "Edited")
    for place in (3, 7):
        forum.delete(ids[place])
    return forum, set(ids) - {ids[3], ids[7]}


@pytest.mark.parametrize("at", range(1, 10))
def test_killed_at_a_request_it_goes_on_where_it_was(
    engine: Engine, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecking, "TOGETHER", 3)
    forum, left = changed_forum(engine)
    with pytest.raises(Killed):
        recheck(engine, port.source(forum, handler=Stopping(forum, at)), NIGHTS[1])
    first = night(engine, NIGHTS[1])
    assert first["state"] == "running"
    recheck(engine, port.source(forum), NIGHTS[1])
    row = night(engine, NIGHTS[1])
    assert held(engine).keys() == left
    assert "Edited" in str(held(engine))
    assert (row["state"], row["started_at"]) == ("ok", first["started_at"])
    assert (row["changed"], row["deleted"]) == (1, 2)
    assert 7 <= row["asked"] <= 10


def test_killed_at_any_commit_it_goes_on_where_it_was(
    engine: Engine, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until a recheck meets no fault; each starts from a forum that has just changed."""
    monkeypatch.setattr(rechecking, "TOGETHER", 3)
    forum, left = changed_forum(engine)
    for at in range(1, 40):
        with dying(engine.database, tmp_path, at=at) as faults:
            recheck(engine, port.source(forum), NIGHTS[at])
        recheck(engine, port.source(forum), NIGHTS[at])
        assert held(engine).keys() == left, f"killed at commit {at}"
        assert night(engine, NIGHTS[at])["state"] == "ok"
        if not faults.dead:
            assert at > 5, "a recheck has more commits than this: were they counted?"
            return
        days_pass(engine.database, 1)
    pytest.fail("a recheck of ten posts takes more than forty commits")
