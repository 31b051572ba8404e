"""What reading a Stack Exchange site promises."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from connectors.stackexchange import StackExchange, StackExchangeOptions
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.exchange import Exchange


def make(http: Http, server: Exchange, **options) -> StackExchange:
    options = {"site": "stackoverflow", "key": SecretStr(server.token or "")} | options
    return StackExchange("so", StackExchangeOptions(**options), http=http)


@pytest.fixture
def trial() -> Trial[Exchange]:
    return Trial(make, Exchange)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Stack Exchange keeps every promise of a connector."""
    check_connector(make, server=Exchange, only=promise)


def test_a_post_carries_what_the_licence_and_we_need(trial):
    """Link, author and licence for attribution; thread, parent, tags and votes for us."""
    server = trial.server(*"abcde")
    posts = trial.pull(server).posts
    question, answer = posts["question-100"], posts["answer-500"]
    assert (question.title, question.markup) == ('Why does "100" fail?', "html")
    assert (question.tags, question.reactions, question.author) == (("export",), 4, "Jo")
    assert question.url == "https://stackoverflow.com/questions/100/trouble"
    attribution = {"license": "CC BY-SA 4.0", "author_url": "https://stackoverflow.com/users/7/jo"}
    assert question.attributes == attribution
    assert answer.attributes == attribution | {"accepted_answer": "true"}
    assert (answer.thread_id, answer.parent_id) == ("question-100", "question-100")
    on_answer = posts["comment-901"]
    assert (on_answer.thread_id, on_answer.parent_id) == ("question-100", "answer-501")


def test_a_remark_on_a_quiet_question_comes(trial):
    """A comment moves nothing in the list of questions, so comments are listed too."""
    server = trial.server("old", "answered")
    shelf = trial.pull(server)
    server.at += timedelta(days=20)
    late = server.remark("question", 100, "still so")
    trial.pull(server, shelf)
    assert shelf.posts[late].thread_id == "question-100"


def test_the_filter_is_made_once(trial):
    """Its name is in the cursor: a second pull with nothing new costs one request a listing."""
    server = trial.server(*"abcdefg")
    shelf = trial.pull(server)
    server.asked.clear()
    trial.pull(server, shelf)
    assert [request.url.path for request in server.asked] == ["/2.3/questions", "/2.3/comments"]


def test_a_filter_for_other_fields_is_not_used_again(trial):
    """A cursor may be older than what is read now."""
    server = trial.server("a")
    shelf = trial.pull(server)
    shelf.cursor |= {"filter": "!old", "made_for": "fields of before"}
    server.asked.clear()
    trial.pull(server, shelf)
    assert server.asked[0].url.path == "/2.3/filters/create"


def test_a_backoff_rests_the_method_that_asked_for_it(trial):
    """Any good reply may say it; other methods go on meanwhile, and time that passed counts."""
    server = trial.server(*map(str, range(40)))
    server.backoff = lambda path: 9 if path == "questions" else None
    trial.pull(server)
    pages = sum(request.url.path == "/2.3/questions" for request in server.asked)
    assert trial.clock.slept == [9.0] * (pages - 1) and pages > 2


def test_a_longer_backoff_ends_the_pull_with_the_time_to_resume(trial):
    """Half an hour is not slept through."""
    server = trial.server(*map(str, range(40)))
    server.backoff = lambda path: 1800
    with pytest.raises(RateLimited) as caught:
        trial.pull(server)
    assert caught.value.resume_at - trial.clock.now_at == timedelta(minutes=30)


@pytest.mark.parametrize("status", [400, 502, 503])
def test_a_throttle_is_obeyed_whatever_its_status(trial, status):
    """It names the seconds in words; nothing is asked before they are over."""
    server = trial.server("a")
    said = "too many requests from this IP, more requests available in 17 seconds"
    problem = {"error_id": 502, "error_name": "throttle_violation", "error_message": said}
    replies = [httpx.Response(status, json=problem)]
    trial.pull(server, handler=lambda request: replies.pop() if replies else server(request))
    assert trial.clock.slept == [17.0]


def test_a_spent_day_ends_the_pull_with_the_time_to_resume(trial):
    """A whole day's requests are gone: one sentence, and when it goes on."""
    said = "too many requests from this IP, more requests available in 82216 seconds"
    problem = {"error_id": 502, "error_name": "throttle_violation", "error_message": said}
    with pytest.raises(RateLimited) as caught:
        trial.pull(Exchange(), handler=lambda _: httpx.Response(400, json=problem))
    assert caught.value.resume_at - trial.clock.now_at == timedelta(seconds=82216)


def test_a_gateway_that_is_down_is_no_throttle(trial):
    """A 502 from a proxy brings a web page, and passes."""
    server = trial.server("a")
    replies = [httpx.Response(502, text="<html>Bad gateway</html>")]
    shelf = trial.pull(server, handler=lambda asked: replies.pop() if replies else server(asked))
    assert len(shelf.posts) == 1


def test_answers_survive_a_question_that_cannot_be_read(trial):
    """What hangs on a bad item is read all the same."""
    server = trial.server("bad", "good")
    server.spoil("question-100")
    shelf = trial.pull(server)
    assert list(shelf.posts) == ["answer-500"] and "question 100" in shelf.skipped[0].where
    trial.recheck(server, shelf)
    assert shelf.gone == set()


def test_recheck_asks_a_hundred_at_a_time_and_nothing_twice(trial):
    """What came with its question is not asked for by itself."""
    server = trial.server(*map(str, range(30)))
    shelf = trial.pull(server)
    server.asked.clear()
    trial.recheck(server, shelf)
    assert [request.url.path.split("/")[2] for request in server.asked] == ["filters", "questions"]


def test_a_question_that_is_deleted_takes_no_answer_with_it_unasked(trial):
    """Each that was kept is asked for by its own id before it counts as gone."""
    server = trial.server("q", "a", "b")
    shelf = trial.pull(server)
    server.delete("question-100")
    server.delete("answer-501")
    trial.recheck(server, shelf)
    assert (shelf.gone, list(shelf.posts)) == ({"question-100", "answer-501"}, ["answer-500"])


def test_a_tag_keeps_to_its_questions(trial):
    """Comments cannot be asked for by tag: they come with their questions."""
    server = Exchange()
    server.ask("ours", tags=["c++"])
    server.ask("others")
    server.remark("question", 100, "on ours")
    tagged = Trial(lambda http, server: make(http, server, tag="c++"), Exchange)
    assert set(tagged.pull(server).posts) == {"question-100", "comment-900"}
    assert tagged.connector(server).check().reads == "1 questions of stackoverflow tagged c++"
    assert server.asked[-1].url.raw_path.startswith(b"/2.3/tags/c%2B%2B/info")


def test_a_site_that_is_not_there_is_named():
    """A typo ends in one sentence with it."""
    trial = Trial(lambda http, server: make(http, server, site="stackoverfow"), Exchange)
    with pytest.raises(SourceError, match="stackoverfow"):
        trial.pull(Exchange())


def test_anyone_may_read_without_a_key(trial):
    """Fewer requests a day, and no header."""
    server = Exchange(token="")
    server.add("words")
    assert len(trial.pull(server).posts) == 1
    assert "authorization" not in server.asked[0].headers


def test_check_tells_how_much_there_is_and_how_long_it_takes(trial):
    """One request; more pages than requests are left take days."""
    server = trial.server(*map(str, range(12)))
    checkup = trial.connector(server).check()
    assert (checkup.reads, checkup.items, checkup.seconds) == (
        "2 questions of stackoverflow", 2, None,
    )  # fmt: skip
    assert len(server.asked) == 1
    info = {"items": [{"total_questions": 600_000}], "quota_max": 300, "quota_remaining": 300}
    large = trial.connector(server, lambda _: httpx.Response(200, json=info)).check()
    assert large.seconds == 20 * 86_400


def test_check_says_that_the_key_is_wrong(trial):
    """Without showing it."""
    server = trial.server("a")
    connector = trial.connector(server)
    server.token = "another"
    with pytest.raises(CredentialsError, match=r"stackapps\.com") as caught:
        connector.check()
    assert "U4DMV" not in str(caught.value)
