"""From an insight to an issue, from a fix to quiet people, and back to those who reported it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from insights.digest.content import Digest, Item
from insights.errors import CredentialsError, PublishError, SettingsError, Undecided, UsageError
from insights.models import Batch, Opened, Tombstone
from insights.pipeline import curate, desk, issues, links, nightly, replies
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase
from insights.pipeline.ingest import save_batch
from insights.store import digests, posts, sendings
from insights.store import links as held
from insights.trackers.github import GitHub
from tests.pipeline import village
from tests.pipeline.acting import Repo, live_on, with_tracker

INSIGHT = "emerging-S1"
TOPIC = "T5"
DAY = timedelta(days=1)


@pytest.fixture
def repo() -> Repo:
    return Repo()


@pytest.fixture
def acting(lived: Engine, repo: Repo) -> Engine:
    return with_tracker(lived, repo)


def night(engine: Engine, days: int) -> Digest:
    at = village.NIGHT + days * DAY
    return nightly.run(engine, as_of=at, community=village.COMMUNITY).digest


def item(digest: Digest) -> Item:
    items = [*digest.decisions, *digest.problems]
    return next(each for each in items if each.topic_id == TOPIC)


def row(engine: Engine) -> dict:
    with engine.database.read() as tx:
        (found,) = held.every(tx)
    return found


def test_the_loop_is_closed(acting: Engine, repo: Repo, tmp_path: Path) -> None:
    """An issue is opened, followed, closed, watched and found quiet; then people are told."""
    url, is_new = issues.open_issue(acting, INSIGHT, "app", by="ana")
    assert (url, is_new) == ("https://github.com/acme/app/issues/10", True)
    assert issues.open_issue(acting, TOPIC, "app", by="bo") == (url, False)
    assert len(repo.posted) == 1
    live_on(tmp_path / "lived", days=40)
    shown = item(night(acting, 1))
    assert (shown.linked, shown.links[0].url) == ("#10 open", url)
    assert shown.next_step.startswith("Put the newest quotes into #10")
    with pytest.raises(UsageError, match="nothing is shipped for S1 yet: #10 is open"):
        replies.prepare(acting, INSIGHT, "Lanternmoor")
    repo.close(10, village.NIGHT + DAY + timedelta(hours=3))
    assert item(night(acting, 2)).linked.startswith(
        "#10 closed today: shipped, watching (too early"
    )
    quiet = night(acting, 36)
    assert row(acting)["verdict"]["kind"] == "quiet"
    said = [change.text for change in quiet.changes if change.kind == "resolved"]
    assert said and "#10 closed, confirmed quiet: 0 people in 32 days where" in said[0]
    telling = replies.prepare(acting, INSIGHT, "Lanternmoor")
    assert telling.out_of_reach > 9  # the posts of the village have no pages
    assert "this is fixed." in telling.text and url in telling.text


def test_what_people_still_report_is_said(acting: Engine, repo: Repo, tmp_path: Path) -> None:
    """Closed as completed, but as many people speak of it as before."""
    issues.open_issue(acting, INSIGHT, "app", by="ana")
    live_on(tmp_path / "lived", days=14, again=[5, 6, 7, 8, 9, 10, 11, 11, 12, 12])
    repo.close(10, village.NIGHT + timedelta(hours=3))
    digest = night(acting, 13)
    assert ": still reported: 7 people in " in item(digest).linked
    assert item(digest).next_step.startswith("Open #10 again")
    assert any(change.kind == "returned" for change in digest.changes)
    repo.reopen(10, village.NIGHT + 13 * DAY)
    assert item(night(acting, 14)).linked == "#10 open"


def test_closed_without_a_change_is_not_shipped(acting: Engine, repo: Repo) -> None:
    """As not planned: nothing is watched, and nobody is told that it is done."""
    issues.open_issue(acting, INSIGHT, "app", by="ana")
    repo.close(10, village.NIGHT + timedelta(hours=3), "not_planned")
    assert item(night(acting, 1)).linked == "#10 closed as not planned: not shipped"
    assert row(acting)["verdict"] is None
    with pytest.raises(UsageError, match="nothing is shipped"):
        replies.prepare(acting, INSIGHT, "Lanternmoor")


# --- once


def late() -> None:
    raise httpx.ReadTimeout("late")


def test_an_issue_that_was_taken_without_an_answer_is_found_by_its_key(
    acting: Engine, repo: Repo
) -> None:
    """The tracker took it and the connection died: it is looked for, not sent again."""
    repo.after = late
    url, is_new = issues.open_issue(acting, INSIGHT, "app", by="ana")
    assert (url, is_new) == ("https://github.com/acme/app/issues/10", True)
    assert issues.open_issue(acting, INSIGHT, "app", by="ana") == (url, False)
    assert len(repo.posted) == 1
    assert row(acting)["url"] == url


def test_what_cannot_be_decided_stays_open_and_is_looked_for_later(
    acting: Engine, repo: Repo
) -> None:
    """The tracker shows the issue late; the next call finds it and sends nothing."""
    hidden = dict[int, dict]()

    def hide() -> None:
        hidden.update(repo.issues)
        repo.issues.clear()
        late()

    repo.after = hide
    with pytest.raises(Undecided, match="call again in some minutes"):
        issues.open_issue(acting, INSIGHT, "app", by="ana")
    with pytest.raises(Undecided, match="app does not show it; look again in 15 minutes"):
        issues.open_issue(acting, INSIGHT, "app", by="ana")
    repo.issues.update(hidden)
    assert issues.open_issue(acting, INSIGHT, "app", by="ana")[1] is False
    assert len(repo.posted) == 1


def test_what_the_tracker_never_showed_is_sent_again(acting: Engine, repo: Repo) -> None:
    """A quarter of an hour later it surely was not taken."""
    repo.before = lambda: httpx.Response(502)
    with pytest.raises(Undecided):
        issues.open_issue(acting, INSIGHT, "app", by="ana")
    with acting.database.write() as tx:
        (sent,) = sendings.every(tx, sendings.ISSUE)
        tx.exec_driver_sql("UPDATE sending SET at = '2026-03-31 00:00:00'")
    assert sent["status"] == sendings.UNKNOWN
    repo.before = lambda: None
    assert issues.open_issue(acting, INSIGHT, "app", by="ana")[1] is True


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(401, json={"message": "Bad credentials"}), "401"),
        (
            httpx.Response(403, json={"message": "Resource not accessible"}),
            "Issues: read and write",
        ),
        (httpx.Response(404, json={"message": "Not Found"}), "Issues: read and write"),
        (httpx.Response(410, json={"message": "Issues are disabled"}), "must have issues"),
        (httpx.Response(429, headers={"Retry-After": "7200"}), "limits how often"),
    ],
    ids=["401", "403", "404", "410", "429"],
)
def test_a_refusal_says_what_is_missing_and_is_tried_anew(
    acting: Engine, repo: Repo, answer: httpx.Response, said: str
) -> None:
    """It surely was not taken, so the next call sends it."""
    repo.before = lambda: answer
    with pytest.raises(PublishError, match=said):
        issues.open_issue(acting, INSIGHT, "app", by="ana")
    repo.before = lambda: None
    assert issues.open_issue(acting, INSIGHT, "app", by="ana")[1] is True
    assert len(repo.posted) == 1


def test_a_killed_sending_is_treated_as_undecided(acting: Engine, repo: Repo) -> None:
    """What was written down as being sent is not sent again before it is looked for."""

    def killed() -> None:
        raise KeyboardInterrupt

    repo.after = killed
    with pytest.raises(KeyboardInterrupt):
        issues.open_issue(acting, INSIGHT, "app", by="ana")
    repo.after = lambda: None
    assert issues.open_issue(acting, INSIGHT, "app", by="ana")[1] is False
    assert len(repo.posted) == 1


def test_where_nothing_may_be_written_it_says_what_to_set(lived: Engine, acting: Engine) -> None:
    """A source without a tracker, and a name that is none."""
    with pytest.raises(SettingsError, match=r"add \[trackers\.app\] with a token"):
        issues.draft(replace(acting, trackers={}), INSIGHT, "app")
    with pytest.raises(UsageError, match="no tracker is called 'apps'; did you mean 'app'"):
        issues.draft(acting, INSIGHT, "apps")
    with pytest.raises(UsageError, match="no topic, signal or insight is called 'T99'"):
        issues.draft(acting, "T99", "app")


# --- what becomes of issues and topics


def test_a_deleted_issue_is_gone_and_its_link_says_so(acting: Engine, repo: Repo) -> None:
    """Deleted in the tracker; a new one may then be opened."""
    issues.open_issue(acting, INSIGHT, "app", by="ana")
    night(acting, 1)
    repo.delete("issue-10")
    assert night(acting, 2) and row(acting)["state"] in ("open", "gone")
    with acting.database.write() as tx:
        held.change(tx, "S1", row(acting)["url"], {"native_id": "issue-99"})
    assert item(night(acting, 3)).linked == "#10 is gone from its tracker"


def test_an_issue_that_no_source_has_is_asked_for_and_followed_where_it_moved(
    acting: Engine, repo: Repo
) -> None:
    """A tracker that refuses to tell leaves the state as it was, with the reason beside it."""
    issues.open_issue(acting, INSIGHT, "app", by="ana")
    unread = replace(acting, sources=acting.sources[:2])
    repo.issues[10]["html_url"] = "https://github.com/acme/other/issues/3"
    repo.close(10, village.NIGHT + timedelta(hours=3))
    assert item(night(unread, 1)).linked.startswith("#3 closed today: shipped, watching")
    assert row(unread)["url"] == "https://github.com/acme/other/issues/3"
    repo.token = "another"
    night(unread, 2)
    assert row(unread)["state"] == "done" and "401" in row(unread)["note"]


def test_a_link_goes_with_its_topic_through_merges_and_says_where_it_was_split(
    acting: Engine, repo: Repo
) -> None:
    """Linked to T5, which becomes part of T1, from which posts are split off."""
    url = "https://tracker.example/issues/7"
    links.link(acting, TOPIC, url, by="ana")
    curate.correct(acting, desk.merge(TOPIC, "T1"), by="ana")
    (told,) = links.told(acting, "T1")
    assert (told.subject, told.notes) == ("T1", ("T5 was merged into T1",))
    assert links.told(acting, "problem-T5") == [told]
    with acting.database.read() as tx:
        posts = [p for p, t, _ in _assigned(tx) if t == "T1"][:2]
    curate.correct(acting, desk.split(posts, "Two of them"), by="ana")
    (told,) = links.told(acting, "T1")
    assert any("was split off from T1 since" in note for note in told.notes)
    assert links.unlink(acting, "T1", "#7") == ("T1", "#7")
    assert links.told(acting, None) == []


def _assigned(tx) -> list[tuple[str, str, float]]:
    from insights.store import passages

    rows = passages.exported(tx)
    return [(row["post_id"], row["topic_id"], row["score"]) for row in rows]


def test_erasing_a_post_that_an_issue_quotes_says_where_it_stands(
    acting: Engine, repo: Repo
) -> None:
    """What left cannot be called back; that it was quoted is forgotten here."""
    written = issues.draft(acting, INSIGHT, "app")
    url, _ = issues.open_issue(acting, INSIGHT, "app", by="ana")
    with pytest.raises(PublishError, match=f"{url} quotes it still; take it out there by hand"):
        erase(acting, post=written.quoted[0][0])
    with acting.database.read() as tx:
        (sent,) = sendings.every(tx, sendings.ISSUE)
    assert list(written.quoted[0]) not in sent["quoted"] and len(sent["quoted"]) == 2


@pytest.mark.parametrize("how", ["deleted", "edited away", "edited elsewhere"])
def test_what_its_source_takes_back_makes_the_issue_known_until_it_is_cleaned(
    acting: Engine, how: str
) -> None:
    """A deletion, or an edit after which the post does not say the quoted words any more."""
    post_id, words = issues.draft(acting, INSIGHT, "app").quoted[0]
    url, _ = issues.open_issue(acting, INSIGHT, "app", by="ana")
    with acting.database.read() as tx:
        said = posts.by_id(tx, [post_id])[post_id]
    if how == "deleted":
        batch = Batch(cursor={}, tombstones=(Tombstone(said.native_id, "gone"),))
    else:
        text = "Never mind, all is well" if how == "edited away" else f"Hello all! {said.text}"
        batch = Batch(cursor={}, posts=(replace(said, text=text, updated_at=village.NIGHT),))
    save_batch(acting, said.source, batch)
    with acting.database.read() as tx:
        (sent,) = sendings.every(tx, sendings.ISSUE)
        known = sendings.outdated(tx)
    assert ([post_id, words] in sent["quoted"]) is (how == "edited elsewhere")
    assert [row["url"] for row in known] == ([] if how == "edited elsewhere" else [url])
    assert issues.open_issue(acting, INSIGHT, "app", by="ana") == (url, False)
    if known:
        assert issues.cleaned(acting, url) == url
    with acting.database.read() as tx:
        assert sendings.outdated(tx) == []
    with pytest.raises(UsageError, match="no issue with words that are gone is called"):
        issues.cleaned(acting, url)


def test_an_issue_that_was_refused_quotes_nobody(acting: Engine, repo: Repo) -> None:
    """So after erasing there is nothing to take out by hand."""
    written = issues.draft(acting, INSIGHT, "app")
    repo.before = lambda: httpx.Response(404, json={"message": "Not Found"})
    with pytest.raises(PublishError):
        issues.open_issue(acting, INSIGHT, "app", by="ana")
    assert erase(acting, post=written.quoted[0][0]) == 1
    with acting.database.read() as tx:
        assert sendings.outdated(tx) == []


class Slow(GitHub):
    """A tracker that takes its time to say that it knows no such issue."""

    meanwhile: Callable[[], object]

    def find(self, key: str, since: datetime) -> Opened | None:
        found = super().find(key, since)
        self.meanwhile()
        return found


def test_a_post_that_is_erased_while_its_issue_is_drafted_does_not_go_out(
    acting: Engine, repo: Repo
) -> None:
    """Between the draft and the sending the tracker is asked, and that takes a while."""
    written = issues.draft(acting, INSIGHT, "app")
    post_id, words = written.quoted[0]
    assert words in written.body
    repo.before = lambda: httpx.Response(502)
    with pytest.raises(Undecided):
        issues.open_issue(acting, INSIGHT, "app", by="ana")
    with acting.database.write() as tx:
        tx.exec_driver_sql("UPDATE sending SET at = '2026-03-31 00:00:00'")
    repo.before = lambda: None
    slow = copy(acting.trackers["app"])
    slow.__class__ = Slow
    slow.meanwhile = lambda: save_batch(
        acting, "forum", Batch(cursor={}, tombstones=(Tombstone(post_id[6:], "gone"),))
    )
    issues.open_issue(replace(acting, trackers={"app": slow}), INSIGHT, "app", by="ana")
    (body,) = [each["body"] for each in repo.posted]
    assert words not in body
    with acting.database.read() as tx:
        (sent,) = sendings.every(tx, sendings.ISSUE)
        assert sendings.outdated(tx) == []
    assert post_id not in dict(sent["quoted"]) and sent["quoted"]


# --- links by hand


def test_an_issue_is_named_in_many_ways(acting: Engine, repo: Repo) -> None:
    """By number, source and number, post id and address; twice is once."""
    repo.add_issue("The lantern export loses layers")
    night(acting, 1)
    url = "https://github.com/acme/app/issues/10"
    for name in ("#10", "10", "app#10", "app:issue-10", url, f"{url}#issuecomment-3"):
        _, named, is_new = links.link(acting, "T1", name, by="ana")
        assert (named.name, named.url, named.source) == ("#10", url, "app"), name
        assert is_new is (name == "#10")
    with pytest.raises(UsageError, match="no issue #11 was read from app"):
        links.link(acting, "T1", "#11", by="ana")
    for strange in ("javascript:alert(1)", "soon", "http://a b/c"):
        with pytest.raises(UsageError):
            links.link(acting, "T1", strange, by="ana")


def test_replies_leave_once_and_only_where_they_can(acting: Engine, repo: Repo) -> None:
    """Two issues of people in the tracker are answered; one whose answer was lost stays unknown."""
    for name in ("a", "b", "c"):
        repo.add_issue(f"Since the update the compass spins and freezes {name} until I restart")
    night(acting, 1)
    curate.correct(acting, desk.fixed(TOPIC, None, village.NIGHT + DAY), by="ana")
    telling = replies.prepare(acting, TOPIC, "Lanternmoor")
    assert [thread.state for thread in telling.threads] == ["ready"] * 3
    assert not repo.posted
    lost = iter([False, True, False])

    def lose() -> None:
        if next(lost, False):
            late()

    repo.after = lose
    told = replies.post(acting, telling, by="ana")
    assert [thread.state for thread in told] == ["sent", "unknown", "sent"]
    assert told[0].where.startswith("https://github.com/acme/app/issues/10#issuecomment-")
    again = replies.post(acting, replies.prepare(acting, TOPIC, "Lanternmoor"), by="bo")
    assert [thread.state for thread in again] == ["sent", "unknown", "sent"]
    assert len(repo.posted) == 3
    assert {body["body"] for body in repo.posted} == {telling.text}


def test_a_refused_token_is_asked_once_and_the_replies_wait(acting: Engine, repo: Repo) -> None:
    """After the first refusal no other thread of that source is tried."""
    for name in ("a", "b"):
        repo.add_issue(f"Since the update the compass spins and freezes {name} until I restart")
    night(acting, 1)
    curate.correct(acting, desk.fixed(TOPIC, None, village.NIGHT + DAY), by="ana")
    tracker = acting.trackers["app"]
    bare = type(tracker)("app", tracker.options.model_copy(update={"token": None}), http=None)  # type: ignore[attr-defined,call-arg,arg-type]
    mute = replace(acting, trackers={"app": bare})
    told = replies.post(mute, replies.prepare(mute, TOPIC, "x"), by="ana")
    assert [thread.state for thread in told] == ["failed", "ready"]
    assert "without a token" in told[0].where
    told = replies.post(acting, replies.prepare(acting, TOPIC, "x"), by="ana")
    assert [thread.state for thread in told] == ["sent", "sent"]


def test_below_the_floor_nobody_is_listed(acting: Engine, repo: Repo) -> None:
    """Threads name people: fewer of them than the floor are not told apart."""
    curate.correct(acting, desk.fixed(TOPIC, None, village.NIGHT), by="ana")
    options = acting.options
    strict = options.digest.model_copy(update={"min_people": 40})
    shy = replace(acting, options=replace(options, digest=strict))
    with pytest.raises(UsageError, match="fewer than 40 people spoke of T5"):
        replies.prepare(shy, TOPIC, "x")


def test_a_proposal_is_accepted_by_a_person(acting: Engine) -> None:
    """What the digest proposes is taken from it; where it proposes nothing, it says so."""
    with pytest.raises(UsageError, match="proposes no issue for T1: no tracker is read"):
        issues.proposed(acting, "T1")
    with acting.database.write() as tx:
        (last, *_) = digests.every(tx)
        content = digests.get(tx, last["id"])
        assert content
        url = "https://github.com/acme/app/issues/10"
        for each in content["problems"]:
            maybe = {"text": "maybe #10 (0.82)", "url": url}
            each.update(linked="maybe #10 (0.82)", links=[maybe])
        digests.save(tx, last["id"], last["run_id"], last["as_of"], content)
    assert issues.proposed(acting, "T1") == url


def test_credentials_that_are_missing_are_told_before_anything_leaves(acting: Engine) -> None:
    """A tracker without a token."""
    tracker = acting.trackers["app"]
    bare = type(tracker)("app", tracker.options.model_copy(update={"token": None}), http=None)  # type: ignore[attr-defined,call-arg,arg-type]
    with pytest.raises(CredentialsError, match="fine-grained token needs"):
        issues.open_issue(replace(acting, trackers={"app": bare}), INSIGHT, "app", by="ana")
