"""What reading Matrix rooms promises."""

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.matrix import Matrix, MatrixOptions
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.http import Http
from insights.testing import PROMISES, Trial, check_connector
from tests.connectors.homeserver import ROOM, Homeserver


def make(http: Http, server: Homeserver, **options) -> Matrix:
    token = SecretStr(server.token)
    return Matrix(
        "chat", MatrixOptions(url="https://hs.example/", token=token, **options), http=http
    )


@pytest.fixture
def trial() -> Trial[Homeserver]:
    return Trial(make, Homeserver)


def only(trial: Trial[Homeserver], server: Homeserver):
    (post,) = trial.pull(server).posts.values()
    return post


@pytest.mark.parametrize("promise", PROMISES)
def test_keeps_promise(promise: str):
    """Matrix keeps every promise of a connector."""
    check_connector(make, server=Homeserver, only=promise)


def test_a_post_carries_what_the_room_knows(trial):
    """Account, room, time and lasting address come with a message."""
    server = trial.server("words")
    post = only(trial, server)
    assert (post.author, post.space, post.markup) == ("@ada:hs.example", "Lobby", "plain")
    assert post.url == "https://matrix.to/#/!lobby:hs.example/$0000abc_-"
    assert post.native_id == post.thread_id and post.parent_id is None


def test_a_second_pull_with_nothing_new_asks_twice(trial):
    """For the rooms, and for what came."""
    server = trial.server("words")
    shelf = trial.pull(server)
    server.asked.clear()
    trial.pull(server, shelf)
    assert [r.url.path.rsplit("/", 1)[1] for r in server.asked] == ["joined_rooms", "sync"]


def test_what_a_sync_leaves_out_is_fetched(trial):
    """Ten messages came between two syncs that bring three each: all ten arrive."""
    server = trial.server("before")
    shelf = trial.pull(server)
    new = {server.add(f"new {n}") for n in range(10)}
    server.asked.clear()
    assert new <= trial.pull(server, shelf).posts.keys()
    walked = [r.url.params for r in server.asked if r.url.path.endswith("/messages")]
    assert walked and all(params["to"] == "s1" for params in walked)


def test_a_room_that_is_joined_later_comes_with_its_past(trial):
    """What was said before the account came in is read, too."""
    server = trial.server("here")
    server.open("!late:hs.example", "Late", joined=False)
    old = server.say({"msgtype": "m.text", "body": "old"}, room="!late:hs.example")
    shelf = trial.pull(server)
    assert old not in shelf.posts
    server.joined_at["!late:hs.example"] = 0
    assert trial.pull(server, shelf).posts[old].space == "Late"


@pytest.mark.parametrize("between", [0, 12])
def test_an_edit_of_an_old_message_comes_with_the_next_sync(trial, between):
    """It stands alone in the sync or in the gap; the message keeps its place and time."""
    server = trial.server("teh words")
    first = server.timeline[0]["event_id"]
    shelf = trial.pull(server)
    server.edit(f"{ROOM}/{first}", "the words")
    for n in range(between):
        server.add(f"more {n}")
    before = shelf.posts[f"{ROOM}/{first}"]
    post = trial.pull(server, shelf).posts[f"{ROOM}/{first}"]
    assert post.text == "the words" and post.created_at == before.created_at
    assert post.updated_at and post.updated_at > post.created_at


def test_only_the_author_edits(trial):
    """What somebody else sends as a new version of a message changes nothing."""
    server = trial.server("mine")
    shelf = trial.pull(server)
    edit = server.edit(next(iter(shelf.posts)), "forged")
    server.found(edit.partition("/")[2])["sender"] = "@eve:hs.example"
    assert [post.text for post in trial.pull(server, shelf).posts.values()] == ["mine"]


def test_a_redaction_is_a_tombstone_at_once(trial):
    """No recheck is needed to see what was taken back."""
    server = trial.server("secret", "fine")
    shelf = trial.pull(server)
    doomed = sorted(shelf.posts)[0]
    server.delete(doomed)
    assert trial.pull(server, shelf).gone == {doomed}


def test_a_purged_event_is_found_when_asked_again(trial):
    """What retention took away leaves no event, so only asking finds it."""
    server = trial.server("a", "b")
    shelf = trial.pull(server)
    doomed = sorted(shelf.posts)[0]
    server.purge(doomed)
    assert trial.recheck(server, trial.pull(server, shelf)).gone == {doomed}


def test_rooms_that_were_left_are_not_taken_for_deleted(trial):
    """Whoever is out of a room cannot tell what became of it."""
    server = trial.server("a")
    shelf = trial.pull(server)
    server.joined_at.clear()
    assert trial.recheck(server, shelf).gone == set()


REPLY = {"m.in_reply_to": {"event_id": "$root"}}
THREAD = {"rel_type": "m.thread", "event_id": "$top", "is_falling_back": True, **REPLY}


@pytest.mark.parametrize(("relation", "thread", "parent"), [
    pytest.param(REPLY, "$root", "$root", id="reply"),
    pytest.param(THREAD, "$top", "$top", id="thread"),
    pytest.param(THREAD | {"is_falling_back": False}, "$top", "$root", id="reply-in-thread"),
])  # fmt: skip
def test_replies_and_threads_have_their_place(trial, relation, thread, parent):
    """A reply knows what it answers, a thread its first message."""
    server = trial.server()
    server.say({"msgtype": "m.text", "body": "yes", "m.relates_to": relation})
    post = only(trial, server)
    assert (post.thread_id, post.parent_id) == (f"{ROOM}/{thread}", f"{ROOM}/{parent}")


@pytest.mark.parametrize(("content", "text"), [
    pytest.param({"body": "> <@b:hs> old\n> lines\n\nnew\n> kept"}, "new\n> kept", id="plain"),
    pytest.param({"body": "> * <@b:hs> waves\n\nhello"}, "hello", id="emote"),
    pytest.param({"body": "just words"}, "just words", id="none"),
    pytest.param({"body": "x", "format": "org.matrix.custom.html", "formatted_body":
                  "<mx-reply><blockquote>old</blockquote></mx-reply><b>new</b>"},
                 "<b>new</b>", id="html"),
    pytest.param({"body": "x", "format": "org.matrix.custom.html", "formatted_body":
                  "<mx-reply>never closed"}, "<mx-reply>never closed", id="broken-html"),
])  # fmt: skip
def test_what_a_reply_repeats_is_left_out(trial, content, text):
    """The words of others do not count as the author's."""
    server = trial.server()
    server.say({"msgtype": "m.text", "m.relates_to": REPLY, **content})
    assert only(trial, server).text == text


def test_quoted_lines_outside_replies_stay(trial):
    """A message that begins with a quote of its own is no reply."""
    server = trial.server("> <b> is how a tag begins")
    assert only(trial, server).text == "> <b> is how a tag begins"


def test_what_nobody_said_is_no_post(trial):
    """Joins, files without words and what a program checks are left out; a caption is not."""
    server = trial.server()
    server.say({"membership": "join"}, kind="m.room.member")
    server.say({"msgtype": "m.image", "body": "IMG_1.png", "filename": "IMG_1.png"})
    server.say({"msgtype": "m.image", "body": "IMG_2.png"})
    server.say({"msgtype": "m.key.verification.request", "body": "verify?"})
    server.say({"msgtype": "m.image", "body": "it fails here", "filename": "IMG_3.png"})
    assert only(trial, server).text == "it fails here"


def test_notices_are_those_of_bots(trial):
    """Programs speak in notices."""
    server = trial.server()
    server.say({"msgtype": "m.notice", "body": "build 7 failed"})
    assert only(trial, server).attributes == {"bot": "true"}


def test_an_encrypted_room_is_named(trial):
    """It says what to do, on the first pull and whenever something came; the other rooms come."""
    server = trial.server("readable")
    server.open("!secret:hs.example", "Secret")
    server.rooms["!secret:hs.example"]["m.room.encryption"] = {"algorithm": "m.megolm.v1.aes-sha2"}
    shelf = trial.pull(server)
    assert len(shelf.posts) == 1
    assert [s.where for s in shelf.skipped] == ["hs.example Secret"]
    assert "end-to-end encrypted" in shelf.skipped[0].reason
    server.say({"ciphertext": "x"}, kind="m.room.encrypted", room="!secret:hs.example")
    assert len(trial.pull(server, shelf).skipped) == 2


def test_aliases_lead_to_rooms(trial):
    """Only the rooms of the settings are read, however they are named."""
    trial.make = lambda http, server: make(http, server, rooms=("#lobby:hs.example",))
    server = trial.server("here")
    server.open("!other:hs.example", "Other")
    server.say({"msgtype": "m.text", "body": "elsewhere"}, room="!other:hs.example")
    assert only(trial, server).text == "here"


def test_a_room_that_cannot_be_read_is_named(trial):
    """One that does not exist or is not joined stops no other; if none is left, the source."""
    rooms = ("#lobby:hs.example", "#nowhere:hs.example", "!shut:hs.example")
    trial.make = lambda http, server: make(http, server, rooms=rooms)
    shelf = trial.pull(trial.server("here"))
    assert len(shelf.posts) == 1
    assert [s.where for s in shelf.skipped] == [f"hs.example {room}" for room in rooms[1:]]
    trial.make = lambda http, server: make(http, server, rooms=rooms[1:])
    with pytest.raises(SourceError, match="no room has this alias"):
        trial.pull(trial.server("here"))


def test_a_room_without_a_name_has_its_alias(trial):
    """And one without an alias its id."""
    server = Homeserver()
    server.rooms[ROOM] = {"m.room.canonical_alias": {"alias": "#lobby:hs.example"}}
    server.add("a")
    assert only(trial, server).space == "#lobby:hs.example"
    server.rooms[ROOM] = {}
    assert only(trial, server).space == ROOM


def test_what_is_older_than_since_is_left_out(trial):
    """And the walk into the past ends there."""
    server = trial.server(*map(str, range(20)))
    since = server.at
    server.add("new")
    trial.make = lambda http, server: make(http, server, since=since)
    server.asked.clear()
    assert [post.text for post in trial.pull(server).posts.values()] == ["new", "19"]
    assert sum(r.url.path.endswith("/messages") for r in server.asked) == 2


def test_a_forgotten_token_starts_anew(trial):
    """A server that was set up again knows no old tokens; nothing is lost by reading all again."""
    server = trial.server("old")
    shelf = trial.pull(server)
    new = server.add("new")
    server.forgets = True
    assert new in trial.pull(server, shelf).posts


def test_a_limit_in_the_body_alone_is_obeyed(trial):
    """Older servers name the wait only as retry_after_ms."""
    server = trial.server("words")
    body = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 4200}
    left = [1]

    def handler(request: httpx.Request) -> httpx.Response:
        left[0] -= 1
        return httpx.Response(429, json=body) if left[0] == 0 else server(request)

    assert len(trial.pull(server, handler=handler).posts) == 1
    assert trial.clock.slept == [4.2]
    with pytest.raises(RateLimited):
        late = body | {"retry_after_ms": 3_600_000}
        trial.pull(server, handler=lambda _: httpx.Response(429, json=late))


def test_check_tells_what_would_be_read(trial):
    """In at most three requests."""
    server = trial.server("a")
    assert trial.connector(server).check().reads == "1 room of hs.example as @reader:hs.example"
    assert len(server.asked) <= 3


def test_check_tells_what_is_wrong(trial):
    """A refused token, a room that the account is not in, and no room at all."""
    server = trial.server("a")
    connector = trial.connector(server)
    server.token = "another"
    with pytest.raises(CredentialsError, match="status 401"):
        connector.check()
    server.joined_at.clear()
    with pytest.raises(SourceError, match="is in no room"):
        trial.connector(server).check()
    trial.make = lambda http, server: make(http, server, rooms=("!shut:hs.example",))
    with pytest.raises(SourceError, match="invite it"):
        trial.connector(server).check()


def test_a_room_needs_its_sign():
    """A bare name is neither id nor alias."""
    with pytest.raises(ValidationError, match="neither an id"):
        MatrixOptions(url="https://hs.example", token=SecretStr("t"), rooms=("lobby",))
