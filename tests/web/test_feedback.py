"""People say on a page of ours whether an item was useful; nothing but their own press records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from insights import feedback
from insights.digest import figures
from insights.store import Database, corrections, digests
from insights.web import shell
from insights.web.app import create_app
from tests.digest import example
from tests.digest.hostile import OWN, strings

KEY = b"k" * 32
DIGEST = example.full()
ITEM = DIGEST.decisions[0]
PATH = f"/feedback/{DIGEST.id}/{ITEM.id}"
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def archive() -> Iterator[Database]:
    database = Database("sqlite:///:memory:")
    database.migrate()
    with database.write() as tx:
        content = DIGEST.model_dump(mode="json")
        digests.save(tx, DIGEST.id, DIGEST.run_id, DIGEST.as_of, content)
    yield database
    database.close()


@pytest.fixture
def client(archive: Database) -> TestClient:
    return TestClient(
        create_app(archive, min_people=3, key=KEY, base_url="https://insights.example.org"),
        follow_redirects=False,
    )


def held(archive: Database) -> list[dict[str, Any]]:
    with archive.read() as tx:
        return corrections.history(tx)


def pressed(client: TestClient, verdict: str = "useful", **more: Any) -> httpx.Response:
    """Load the page and press a button of its form."""
    token = re.search(r'name="token" value="(\w+)"', client.get(PATH).text)
    assert token
    headers = more.pop("headers", HERE)
    return client.post(PATH, data={"token": token[1], "verdict": verdict, **more}, headers=headers)


def test_the_link_of_an_item_opens_its_page(client: TestClient) -> None:
    """With its title and counts as the digest has them, and a form that needs no script."""
    url = figures.feedback_url(DIGEST.model_copy(update={"pages": "http://testserver"}), ITEM)
    said = client.get(str(url))
    assert said.status_code == 200
    assert ITEM.title in said.text and figures.people(ITEM.people, ITEM.accounts) in said.text
    assert len(re.findall(r'<button name="verdict"', said.text)) == 3
    assert "<script" not in said.text
    assert figures.feedback_url(DIGEST.model_copy(update={"pages": None}), ITEM) is None


def test_looking_changes_nothing(client: TestClient, archive: Database) -> None:
    """Scanners of mail follow every link, and some ask for the head only."""
    for _ in range(3):
        client.get(f"{PATH}?verdict=wrong")
        client.head(PATH)
    assert held(archive) == []


def test_a_press_is_kept_with_who_when_and_why(client: TestClient, archive: Database) -> None:
    """Then the page is shown anew by GET, so that loading it again sends nothing."""
    said = pressed(client, "wrong", reason="It was our own load test", by="Mo")
    assert (said.status_code, said.headers["location"]) == (303, PATH)
    (entry,) = held(archive)
    assert (entry["kind"], entry["subject"]) == ("feedback", f"{DIGEST.id}/{ITEM.id}")
    assert (entry["by"], entry["at"].tzinfo is not None) == ("Mo", True)
    assert entry["body"] == {
        "feedback": "wrong", "reason": "It was our own load test", "kind": ITEM.kind,
    }  # fmt: skip
    shown = client.get(PATH).text
    assert "wrong" in shown and "It was our own load test" in shown and "by Mo" in shown


def test_pressing_twice_is_once_and_a_second_thought_counts(
    client: TestClient, archive: Database
) -> None:
    for verdict in ("useful", "useful", "wrong", "useful"):
        assert pressed(client, verdict).status_code == 303
    assert [e["body"]["feedback"] for e in held(archive)] == ["useful", "wrong", "useful"]
    with archive.read() as tx:
        (counted,) = feedback.judged(corrections.in_force(tx, "feedback"))
    assert (counted.judged, counted.useful, counted.wrong) == (1, 1, 0)


@pytest.mark.parametrize("headers", [
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another-site"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="a-neighbour-of-our-domain"),
    pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, id="both"),
    pytest.param({"Origin": "https://elsewhere.example"}, id="old-browser"),
    pytest.param({"Origin": "null"}, id="origin-null"),
    pytest.param({"Origin": "http://testserver.elsewhere.example"}, id="longer-name"),
    pytest.param({"Origin": "http://testserver:81"}, id="another-port"),
    pytest.param({"Origin": "http://[::1"}, id="no-address"),
])  # fmt: skip
def test_what_another_site_sends_is_refused(
    client: TestClient, archive: Database, headers: dict[str, str]
) -> None:
    """Even with a token that is right."""
    assert pressed(client, headers=headers).status_code == 403
    assert held(archive) == []


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"},
    {"Origin": "http://testserver"}, {"Origin": "https://insights.example.org"}, {},
])  # fmt: skip
def test_what_our_page_sends_is_taken(client: TestClient, headers: dict[str, str]) -> None:
    """From new browsers, old ones, through a proxy, and from what is no browser."""
    assert pressed(client, headers=headers).status_code == 303


def test_the_token_is_of_one_item_and_one_key(client: TestClient, archive: Database) -> None:
    other = DIGEST.decisions[1].id
    token = re.search(r'name="token" value="(\w+)"', client.get(PATH).text)
    assert token
    elsewhere = f"/feedback/{DIGEST.id}/{other}"
    form = {"verdict": "wrong", "token": token[1]}
    assert client.post(elsewhere, data=form, headers=HERE).status_code == 403
    for forged in ("", "0" * 64, "é"):
        said = client.post(PATH, data={"verdict": "wrong", "token": forged}, headers=HERE)
        assert said.status_code == 403
    strange = TestClient(create_app(archive, min_people=3, key=b"x" * 32))
    assert strange.post(PATH, data=form, headers=HERE).status_code == 403
    assert held(archive) == []


def test_a_reason_that_is_too_long_is_refused_and_not_lost(
    client: TestClient, archive: Database
) -> None:
    """It stands in the form again, to be cut by whoever wrote it."""
    said = pressed(client, reason="too long " * 200, by="Mo")
    assert said.status_code == 422
    assert "1,000 at most" in said.text and "too long too long" in said.text
    assert 'value="Mo"' in said.text
    assert held(archive) == []
    assert pressed(client, reason="x" * 20_000).status_code == 413


@pytest.mark.parametrize(("body", "kind", "status"), [
    pytest.param(b'{"verdict": "useful"}', "application/json", 415, id="json"),
    pytest.param(b"verdict=useful", "text/plain", 415, id="plain"),
    pytest.param(b"%ff\xff", "application/x-www-form-urlencoded", 400, id="bytes"),
    pytest.param(b"a=1&" * 50, "application/x-www-form-urlencoded", 400, id="many-fields"),
    pytest.param(b"", "application/x-www-form-urlencoded", 403, id="empty"),
])  # fmt: skip
def test_what_is_no_form_is_refused(
    client: TestClient, archive: Database, body: bytes, kind: str, status: int
) -> None:
    answer = client.post(PATH, content=body, headers={**HERE, "Content-Type": kind})
    assert answer.status_code == status
    assert held(archive) == []


@pytest.mark.parametrize("verdict", ["", "good", "useful\x00"])
def test_a_verdict_that_is_none_is_refused(client: TestClient, verdict: str) -> None:
    assert pressed(client, verdict).status_code == 422


@pytest.mark.parametrize("path", [
    f"/feedback/{DIGEST.id}/no-such-item", f"/feedback/D-0/{ITEM.id}", "/feedback/%00/%00",
    f"/feedback/{DIGEST.id}/..%2f..%2fetc",
])  # fmt: skip
def test_a_page_of_nothing_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


class Seen(HTMLParser):
    """What a browser makes of a page: its elements and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_hostile_words_change_nothing_but_text(client: TestClient) -> None:
    """As a reason, as a name, kept or refused, the page has the elements that it always has."""
    pressed(client, "wrong", reason="plain", by="plain")
    usual = Seen(client.get(PATH).text)
    for words in OWN:
        words = words.encode("utf-8", "replace").decode()
        answer = pressed(client, "wrong", reason=words[:900], by=words[:60])
        assert answer.status_code in (303, 422)
    refused = pressed(client, "wrong", reason="".join(OWN), by="".join(OWN))
    assert refused.status_code == 422
    for page in (Seen(client.get(PATH).text), Seen(refused.text)):
        assert set(page.tags) <= {*usual.tags, "p", "strong"}
        assert set(page.attributes) <= {*usual.attributes, "role"}


def test_whatever_was_stored_is_shown_as_text() -> None:
    """All strings that are known to do harm, as reasons, names and titles at once."""
    said = [{"at": DIGEST.as_of, "by": s, "verdict": "wrong", "reason": s} for s in strings()]
    for words in strings()[::200]:
        page = shell.write(
            "feedback.html", digest=DIGEST, item=ITEM.model_copy(update={"title": words}),
            said=said if words == strings()[0] else said[:1], token="", action=PATH, back="/",
            longest=9, longest_name=9, wrong=words, typed={"reason": words, "by": words},
        )  # fmt: skip
        assert {"script", "img", "iframe", "svg", "a\n"}.isdisjoint(Seen(page).tags)
        assert not [name for name in Seen(page).attributes if name.startswith("on")]
        assert Seen(page).tags.count("form") == Seen(page).tags.count("textarea") == 1


def test_personal_data_in_a_reason_is_not_kept(client: TestClient, archive: Database) -> None:
    pressed(client, reason="ask jo.doe@example.org about it")
    assert held(archive)[0]["body"]["reason"] == "ask <EMAIL> about it"
