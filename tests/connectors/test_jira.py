"""What reading Jira Cloud promises."""

import httpx
import pytest
from pydantic import SecretStr

from connectors.jira import Jira, JiraOptions
from connectors.jira.adf import DEEPEST, to_markdown
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.desk import EMAIL, URL, Desk, person


def make(http: Http, server: Desk, **options) -> Jira:
    options = {"url": URL, "projects": ("APP",), "email": EMAIL} | options
    return Jira("desk", JiraOptions(token=SecretStr(server.token), **options), http=http)


@pytest.fixture
def trial() -> Trial[Desk]:
    return Trial(make, Desk)


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Jira keeps every promise of a connector."""
    check_connector(make, server=Desk, only=promise)


def test_a_post_carries_what_jira_knows(trial):
    """Project, labels, kind, component, version, votes, thread, parent and address come along."""
    issue, comment = trial.pull(trial.server("first", "answer")).posts.values()
    assert (issue.title, issue.markup, issue.space) == ("Trouble 10010", "markdown", "Application")
    assert (issue.tags, issue.version) == (("export", "Bug", "Sync"), "2.1")
    assert (issue.reactions, issue.attributes) == (3, {"status": "To Do", "state": "open"})
    assert issue.url == f"{URL}/browse/APP-10"
    assert (comment.author, comment.thread_id, comment.parent_id) == ("Ann",) + ("issue-10010",) * 2
    assert comment.url == f"{URL}/browse/APP-10?focusedCommentId=100100"


def test_an_issue_without_words_speaks_by_its_title(trial):
    """A description is often null; who reported may be gone."""
    server = Desk()
    server.add_issue("", description=None, reporter=None, creator=person("Bo"))
    (issue,) = trial.pull(server).posts.values()
    assert (issue.text, issue.author) == ("Trouble 10010", "Bo")


def test_comments_beyond_those_in_the_search_are_asked_for(trial):
    """A search shows some of an issue's comments and tells how many there are."""
    server = Desk()
    server.add_issue("busy")
    for number in range(11):
        server.add_comment(10010, f"comment {number}")
    assert len(trial.pull(server).posts) == 12


def test_what_not_everyone_may_read_is_left_out(trial):
    """Comments for a role, notes of a service desk, and issues with a security level."""
    server = Desk()
    server.add_issue("open")
    server.add_comment(10010, "for admins", visibility={"type": "role", "value": "Admins"})
    server.add_comment(10010, "among us", jsdPublic=False)
    server.add_issue("a leak", security={"name": "Internal"})
    shelf = trial.pull(server)
    assert list(shelf.posts) == ["issue-10010"]
    assert shelf.gone == {"comment-10010-100100", "comment-10010-100101", "issue-10011"}


def test_apps_are_marked(trial):
    """What an app writes counts for nobody."""
    server = trial.server("by a person")
    server.add_comment(10010, "built", author=person("CI", "app"))
    issue, comment = trial.pull(server).posts.values()
    assert ("bot" in issue.attributes, comment.attributes) == (False, {"bot": "true"})


def test_a_minute_that_fills_pages_loses_none_though_one_moves(trial):
    """Jira asks by the minute; a bulk change puts hundreds into one, and one moves meanwhile."""
    server = Desk()
    for number in range(14):
        server.add_issue(f"bulk {number}")
    touched = []

    def handler(request: httpx.Request) -> httpx.Response:
        if b'"nextPageToken":"t3"' in request.content.replace(b" ", b"") and not touched:
            touched.append(server.edit("issue-10011", "touched"))
        return server(request)

    shelf = trial.pull(server, handler=handler)
    trial.pull(server, shelf)
    assert len(shelf.posts) == 14 and shelf.posts["issue-10011"].text == "touched"


def test_what_the_search_learns_of_late_still_comes(trial):
    """Jira's search is behind: an older change may show after a newer one was read."""
    server = trial.server("first", "second")
    late = server.add_issue("indexed late")
    hidden = server.issues.pop(10011)
    server.at = server.at.replace(minute=59)
    server.add_comment(10010, "newer")
    shelf = trial.pull(server)
    hidden["updated"] = server.issues[10010]["updated"].replace(":59:", ":52:")
    server.issues[10011] = hidden
    assert late in trial.pull(server, shelf).posts


def test_nothing_new_costs_two_requests(trial):
    """One to be sure of the token, one search."""
    server = trial.server(*"abcdefg")
    shelf = trial.pull(server)
    server.asked.clear()
    trial.pull(server, shelf)
    assert len(server.asked) == 2


def test_an_issue_that_moved_to_another_project_is_gone(trial):
    """Its comments go with it; its number stays, so that it is known again."""
    server = trial.server("ours", "said", "3", "4", "5", "stays")
    shelf = trial.pull(server)
    server.issues[10010]["project"] = {"id": "2", "key": "HR", "name": "People"}
    trial.recheck(server, shelf)
    assert list(shelf.posts) == ["issue-10011"]


def test_a_project_that_is_closed_to_us_is_no_deletion(trial):
    """Jira says that such a project does not exist; the sentence says which."""
    server = trial.server("words")
    shelf = trial.pull(server)
    server.blind = True
    with pytest.raises(SourceError, match="'APP' does not exist"):
        trial.recheck(server, shelf)


def test_an_issue_that_cannot_be_read_is_not_taken_for_deleted(trial):
    """Asked for again, it is skipped by name and keeps its place, as do its comments."""
    server = trial.server("first", "answer")
    shelf = trial.pull(server)
    server.spoil("issue-10010")
    trial.recheck(server, shelf)
    assert shelf.gone == set() and "10010" in shelf.skipped[0].where


def test_an_email_without_a_token_says_so():
    """Jira takes both or neither."""
    with pytest.raises(CredentialsError, match="set both"):
        Jira("desk", JiraOptions(url=URL, projects=("APP",), email=EMAIL), http=Http())


def test_check_tells_about_how_much_there_is(trial):
    """Two requests, and a number."""
    server = trial.server(*"abcdef")
    checkup = trial.connector(server).check()
    assert (checkup.reads, checkup.items) == (f"about 2 issues of APP on {URL}", 2)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("path", "scope"), [("/myself", "read:jira-user"), ("count", "read:jira-work")]
)
def test_check_names_the_scope_that_is_missing(trial, path, scope):
    """A token with scopes may miss one of the two."""
    server = trial.server("a")

    def handler(request: httpx.Request) -> httpx.Response:
        said = {"code": 401, "message": "Unauthorized; scope does not match"}
        return (
            httpx.Response(401, json=said) if request.url.path.endswith(path) else server(request)
        )

    with pytest.raises(CredentialsError, match=scope):
        trial.connector(server, handler).check()


def test_check_says_that_the_token_is_wrong(trial):
    """Without showing it."""
    server = trial.server("a")
    connector = trial.connector(server)
    server.token = "another-token"
    with pytest.raises(CredentialsError, match="still valid") as caught:
        connector.check()
    assert "ATATT" not in str(caught.value)


def node(kind: str, *content, **attrs) -> dict:
    return {"type": kind, "content": list(content), "attrs": attrs}


def say(text: str, *marks: dict) -> dict:
    return {"type": "text", "text": text, "marks": list(marks)}


DOCUMENTS = {
    "marks": (
        node("paragraph", say("see "), say("x=1", {"type": "code"}), say(" "),
             say("here", {"type": "link", "attrs": {"href": "https://a.example"}})),
        "see `x=1` [here](https://a.example)",
    ),
    "people": (
        node("paragraph", node("mention", text="@Jo"), say(" "), node("emoji", shortName=":+1:"),
             node("hardBreak"), node("date", timestamp="1767571200000"), say(" "),
             node("status", text="DONE"), node("inlineCard", url="https://b.example")),
        "@Jo :+1:\n2026-01-05 DONEhttps://b.example",
    ),
    "quote": (node("blockquote", node("paragraph", say("a")), node("paragraph", say("b"))),
              "> a\n>\n> b"),
    "code": (node("codeBlock", say("if x:\n  y"), language="python"), "```\nif x:\n  y\n```"),
    "list": (
        node("bulletList", node("listItem", node("paragraph", say("a")),
             node("orderedList", node("listItem", node("paragraph", say("b")))))),
        "- a\n\n  - b",
    ),
    "table": (
        node("table", node("tableRow", node("tableHeader", node("paragraph", say("k"))),
             node("tableCell", node("paragraph", say("v"))))),
        "k | v",
    ),
    "panel": (node("panel", node("heading", say("Note")), node("mediaSingle", node("media"))),
              "Note"),
    "unknown": (node("newThing", node("paragraph", say("words"))), "words"),
    "broken": (node("paragraph", {"type": ["?"]}, {"text": 3}, say("words")), "words"),
}  # fmt: skip


@pytest.mark.parametrize(("written", "read"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_become_text(written, read):
    """Words stay, quotes and code can be told apart from them."""
    assert to_markdown({"type": "doc", "version": 1, "content": [written]}) == read


@pytest.mark.parametrize("value", [3, ["x"], {"type": "paragraph"}])
def test_what_is_no_document_is_a_bad_item(value):
    """And not an empty text, which would read as a deletion."""
    with pytest.raises(BadItem):
        to_markdown(value)


def test_a_document_without_end_is_a_bad_item():
    """Nesting is bounded."""
    inner = node("paragraph", say("x"))
    for _ in range(3 * DEEPEST):
        inner = node("blockquote", inner)
    with pytest.raises(BadItem, match="deep"):
        to_markdown({"type": "doc", "content": [inner]})
