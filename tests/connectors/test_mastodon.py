"""What reading a Mastodon server promises."""

from datetime import datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.mastodon import Mastodon, MastodonOptions
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.fediverse import HOST, Fediverse


def make(http: Http, server: Fediverse, **options) -> Mastodon:
    token = SecretStr(server.token) if server.token else None
    wanted = {"tags": [server.tag]} | options
    return Mastodon("fedi", MastodonOptions(url=f"{HOST}/", token=token, **wanted), http=http)


def trial_of(**options) -> Trial[Fediverse]:
    return Trial(lambda http, server: make(http, server, **options), Fediverse)


@pytest.fixture
def trial() -> Trial[Fediverse]:
    return trial_of()


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Mastodon keeps every promise of a connector."""
    check_connector(make, server=Fediverse, only=promise)


def test_a_post_carries_what_mastodon_knows(trial):
    """A content warning is the title; language, hashtags, parent and reactions come along."""
    server = Fediverse()
    first = server.add("crashes <b>again</b>", spoiler_text="bug, loud")
    second = server.add("same here", in_reply_to_id=first, language=None)
    posts = trial.pull(server).posts
    post, answer = posts[first], posts[second]
    assert (post.title, post.markup, post.language) == ("bug, loud", "html", "en")
    assert (post.space, post.tags, post.reactions) == ("#inkwell", ("inkwell",), 3)
    assert (post.author, post.url) == ("user0", f"{HOST}/@ann/{first}")
    assert (answer.parent_id, answer.thread_id, answer.language) == (first, first, None)


LEFT_OUT = {
    "followers-only": {"visibility": "private"},
    "direct": {"visibility": "direct"},
    "boost": {"reblog": {"id": "1"}},
    "picture": {"content": "<p> </p>"},
}


@pytest.mark.parametrize("more", LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_not_for_all_or_not_their_own_is_left_out(trial, more):
    """Even where a token would show it."""
    server = trial.server("for all")
    server.add("not this", **more)
    shelf = trial.pull(server)
    assert len(shelf.posts) == 1 and not shelf.gone and not shelf.skipped


def test_unlisted_is_read_and_a_warning_alone_speaks(trial):
    """Unlisted words are for everyone who finds them."""
    server = Fediverse()
    server.add("quiet", visibility="unlisted")
    server.add("", spoiler_text="see the picture")
    assert {post.title for post in trial.pull(server).posts.values()} == {"", "see the picture"}


WISHES = {
    "noindex": {"noindex": True},
    "bio": {"note": '<p>cats <a href="/t">#<span>nobot</span></a></p>'},
    "plural": {"note": "#NoBots please"},
    "field": {"fields": [{"name": "robots", "value": "#<span>noindex</span>"}]},
}


@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
def test_who_opts_out_is_not_read(trial, wish):
    """Neither from now on, nor are the posts kept that were read before."""
    server = trial.server("mine", "theirs")
    shelf = trial.pull(server)
    mine, theirs = shelf.posts
    server.statuses[theirs]["account"] |= wish
    assert set(trial.pull(server).posts) == {mine}
    assert set(trial.recheck(server, shelf).posts) == {mine} and shelf.gone == {theirs}


def test_a_hashtag_that_only_begins_like_an_opt_out_is_none(trial):
    """#nobothy is a place in Scotland."""
    server = trial.server("words")
    server.account("user0")["note"] = "#nobothy #nobottlenecks"
    assert len(trial.pull(server).posts) == 1


def test_what_arrives_late_from_another_server_comes_too(trial):
    """Its id is of its time, behind the newest that was read."""
    server = trial.server(*map(str, range(9)))
    shelf = trial.pull(server)
    late = server.post("delayed", server.at - timedelta(minutes=30))
    asked = len(server.asked)
    assert late in trial.pull(server, shelf).posts
    assert len(server.asked) - asked <= 5


def test_an_edit_of_the_last_hour_is_seen_at_once(trial):
    """Without asking for each status again."""
    server = trial.server("before", "other")
    shelf = trial.pull(server)
    id_ = min(shelf.posts)
    server.edit(id_, "after")
    trial.pull(server, shelf)
    assert "after" in shelf.posts[id_].text and shelf.posts[id_].updated_at is not None


def test_nothing_new_costs_two_requests_at_most(trial):
    """One page of the last hour, and one that is empty."""
    server = trial.server(*map(str, range(100)))
    server.page = 40
    shelf = trial.pull(server)
    asked = len(server.asked)
    assert not list(trial.connector(server).pull(shelf.cursor))
    assert len(server.asked) - asked == 2


def test_accounts_are_read_without_what_they_boost():
    """The account is looked up once; its name on other servers is complete."""
    trial = trial_of(tags=[], accounts=["user0", "user1"])
    server = trial.server(*map(str, range(10)))
    server.add("a boost", account=server.account("user0"), reblog={"id": "1"})
    shelf = trial.pull(server)
    assert {post.author for post in shelf.posts.values()} == {"user0", "user1"}
    lookups = len([r for r in server.asked if r.url.path.endswith("lookup")])
    trial.pull(server, shelf)
    assert lookups == 2 == len([r for r in server.asked if r.url.path.endswith("lookup")])


def test_a_status_in_two_listings_is_one_post():
    """It stands in the same space, whichever listing it came from."""
    server = Fediverse()
    server.add("words")
    tagged = trial_of(accounts=["user0"]).pull(server)
    (alone,) = trial_of(accounts=["user0"]).pull(server).posts.values()
    assert list(tagged.posts.values()) == [alone] and alone.space == "#inkwell"


def test_since_leaves_out_what_is_older():
    """Neither asked for page by page, nor kept."""
    server = Fediverse()
    for number in range(30):
        server.add(str(number))
    since = server.at - timedelta(minutes=10)
    shelf = trial_of(since=since, lookback=timedelta(0)).pull(server)
    assert len(shelf.posts) == 2 and len(server.asked) == 2


def test_an_older_server_is_asked_one_by_one(trial):
    """Before 4.3 several statuses could not be asked for at once."""
    server = trial.server("a", "b", "c")
    server.version = (4, 2)
    shelf = trial.pull(server)
    doomed = max(shelf.posts)
    server.delete(doomed)
    server.asked.clear()
    assert trial.recheck(server, shelf).gone == {doomed}
    assert len(server.asked) == 5


def test_recheck_asks_for_twenty_at_once(trial):
    """Only what is missing is asked for by itself, to be sure."""
    server = trial.server(*map(str, range(50)))
    shelf = trial.pull(server)
    server.delete(min(shelf.posts))
    server.asked.clear()
    trial.recheck(server, shelf)
    assert len(server.asked) == 1 + 3 + 1 and len(shelf.gone) == 1


def test_a_reset_in_iso_is_understood(trial):
    """Mastodon names a moment where others count seconds."""
    server = trial.server("x")
    reset = (trial.clock.now_at + timedelta(minutes=4)).isoformat().replace("+00:00", "Z")
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    with pytest.raises(RateLimited) as caught:
        trial.pull(server, handler=lambda _: httpx.Response(429, headers=headers))
    assert caught.value.resume_at == datetime.fromisoformat(reset)


def test_another_kind_of_server_is_named(trial):
    """Ids that do not grow with time cannot be walked."""
    item = {"id": "01HZX2Q9S8T7", "content": "x"}
    with pytest.raises(SourceError, match="does not number its statuses"):
        trial.pull(Fediverse(), handler=lambda _: httpx.Response(200, json=[item]))


def test_a_server_that_repeats_a_page_is_left(trial):
    """Else the walk would never end."""
    server = trial.server("x")
    page = list(server.statuses.values())
    with pytest.raises(SourceError, match="circles"):
        trial.pull(server, handler=lambda _: httpx.Response(200, json=page))


def test_an_unknown_account_is_named():
    """A typo ends in one sentence with it."""
    with pytest.raises(SourceError, match="@nobody on social"):
        trial_of(tags=[], accounts=["nobody"]).pull(Fediverse())


@pytest.mark.parametrize("wrong", [{}, {"tags": ["#ink"]}, {"accounts": ["https://x.example/@a"]}])
def test_options_that_name_nothing_readable_are_refused(wrong):
    """At once, and not as an empty pull."""
    with pytest.raises(ValidationError):
        MastodonOptions(url=HOST, **wrong)


def test_a_check_counts_what_accounts_hold():
    """A hashtag does not tell how much there is."""
    server = Fediverse()
    server.account("user0")
    found = trial_of(tags=[], accounts=["user0"]).connector(server).check()
    assert (found.reads, found.items) == ("12 statuses of @user0 on social.example", 12)
    found = trial_of(accounts=["user0"]).connector(server).check()
    assert (found.reads, found.items) == ("#inkwell, @user0 on social.example", None)
    assert len(server.asked) == 3


def test_a_check_names_a_wrong_token_and_a_missing_scope(trial):
    """The one is refused, the other may do something else."""
    server = Fediverse()
    with pytest.raises(CredentialsError, match="token is invalid"):
        Trial(lambda http, _: make(http, Fediverse(token="wrong-token-1")), Fediverse).connector(
            server
        ).check()
    said = {"error": "This action is outside the authorized scopes"}
    connector = trial.connector(server, lambda _: httpx.Response(403, json=said))
    with pytest.raises(CredentialsError, match="needs the scopes read:statuses"):
        connector.check()
