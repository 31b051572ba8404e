"""Writing to a real Redmine: an issue is opened, found by its key, followed and answered."""

import html
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from insights.digest import issue
from insights.digest.issue import Block, Line
from insights.errors import PublishError
from insights.http import Http
from insights.tracker import standing
from insights.trackers.redmine import Redmine, RedmineOptions
from tests.servers.test_redmine import Tracker, tracker

pytestmark = pytest.mark.server

KEY = "insights-0123456789abcdef"
HOSTILE = (
    "*bold* _x_ #1 r1 [[Wiki]] {{child_pages}} <script>alert(1)</script> https://evil.example "
    '"a":http://evil.example commit:abcdef1234 @admin !http://evil.example/x.png! |a|b|'
)

__all__ = ["tracker"]


def writer(tracker: Tracker, **more) -> Redmine:
    key = more.pop("key", tracker.key)
    options = RedmineOptions(url=tracker.url, project="feedback", api_key=SecretStr(key), **more)
    return Redmine("redmine", options, http=Http())


def test_an_issue_is_opened_found_followed_and_answered(tracker: Tracker) -> None:
    """With its key in it; closed, it is done; a note stands under it."""
    redmine = writer(tracker)
    since = datetime.now(UTC) - timedelta(minutes=5)
    assert redmine.find(KEY, since) is None
    body = issue.textile([Block("What is known", (Line("A ", "lantern"),))], Line("End."), KEY)
    opened = redmine.open("The export fails", body, key=KEY)
    assert redmine.find(KEY, since) == opened
    looked = redmine.look(opened.native_id)
    assert looked and standing(looked.attributes).state == "open"
    number = int(opened.native_id.rpartition("-")[2])
    redmine.reply(opened.native_id, "You told us, and we acted on it.")
    notes = tracker.client.get(f"/issues/{number}.json", params={"include": "journals"}).json()
    assert notes["issue"]["journals"][0]["notes"] == "You told us, and we acted on it."
    tracker.change(number, status_id=5)
    looked = redmine.look(opened.native_id)
    assert looked and standing(looked.attributes).state == "done"
    tracker.change(number, status_id=6)
    looked = redmine.look(opened.native_id)
    assert looked and standing(looked.attributes).state == "dropped"
    tracker.delete(number)
    assert redmine.look(opened.native_id) is None


def test_foreign_words_stay_words_on_redmines_own_page(tracker: Tracker) -> None:
    """Neither markup nor macro, reference, mention or link comes of what people wrote."""
    number = tracker.issue("First")
    body = issue.textile([Block("In their words", (Line("", HOSTILE),), True)], Line("End."), KEY)
    opened = writer(tracker).open("Foreign words", body, key=KEY)
    page = httpx.get(opened.url).text
    start = page.index("<blockquote>")
    shown = page[start : page.index("</blockquote>", start)]
    assert number and set(re.findall(r"<(/?\w+)", shown)) == {"blockquote", "p", "/p"}
    assert html.unescape(re.sub("<[^>]*>", "", shown)).strip() == HOSTILE.strip()


def test_a_refusal_names_the_permission(tracker: Tracker) -> None:
    """A project that is not there, and a key that is wrong."""
    with pytest.raises(PublishError, match="Add issues"):
        options = RedmineOptions(url=tracker.url, project="nowhere", api_key=SecretStr(tracker.key))
        Redmine("redmine", options, http=Http()).open("x", "y", key=KEY)
    with pytest.raises(PublishError, match="401"):
        writer(tracker, key="0" * 40).open("x", "y", key=KEY)
