"""What is sent once: never twice, and what may have been taken is told from what was not."""

import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager

import httpx
import pytest

from insights.errors import PublishError, Undecided
from insights.http import Http
from insights.testing import Clock
from tests.connectors.loopback import drip, once, speaking
from tests.connectors.test_http import FAILURES, SECRETS, URL, Stream, server

OK = httpx.Response(200, json={"fine": True})


def sure(http: Http, **more) -> str:
    """Send, and return why it surely was not taken."""
    with pytest.raises(PublishError) as caught:
        http.send(URL, content=b"{}", **more)
    assert not isinstance(caught.value, Undecided), caught.value
    return str(caught.value)


def test_the_bytes_are_sent_as_they_are():
    """A letter that was stored is what leaves, byte for byte."""
    http, asked = server(OK)
    letter = '{"b": 1,  "a": "é"}'.encode()
    headers = {"Content-Type": "application/json"}
    assert http.send(URL, content=letter, headers=headers).json() == {"fine": True}
    assert asked[0].content == letter and asked[0].method == "POST"


def test_a_method_may_be_another():
    """What is there can be changed, too."""
    http, asked = server(OK)
    http.send(URL, method="PATCH", json={"a": 1})
    assert asked[0].method == "PATCH" and asked[0].content == b'{"a":1}'


OPEN = {
    "read-timeout": httpx.ReadTimeout("late"),
    "write-timeout": httpx.WriteTimeout("late"),
    "reset": httpx.ReadError("reset by peer"),
    "hung-up": httpx.RemoteProtocolError("Server disconnected without sending a response."),
    "500": httpx.Response(500),
    "502": httpx.Response(502),
    "503": httpx.Response(503),
    "504": httpx.Response(504),
    "504-with-time": httpx.Response(504, headers={"Retry-After": "2"}),
    "520": httpx.Response(520),
    "302": httpx.Response(302, headers={"Location": "/thanks"}),
    "303": httpx.Response(303, headers={"Location": "/thanks"}),
}


@pytest.mark.parametrize("failure", OPEN.values(), ids=OPEN)
def test_what_may_have_been_taken_is_left_open(failure):
    """It is sent once, nothing is waited for, and the sentence says that nobody knows."""
    clock = Clock()
    http, asked = server(failure, OK, clock=clock)
    with pytest.raises(Undecided, match=r"api\.example: .*cannot be known"):
        http.send(URL, content=b"{}")
    assert len(asked) == 1 and not clock.slept


PASSING = {
    "refused": httpx.ConnectError("refused"),
    "no-such-name": httpx.ConnectError("[Errno -2] Name or service not known"),
    "slow-to-connect": httpx.ConnectTimeout("late"),
    "429": httpx.Response(429, headers={"Retry-After": "3"}),
    "403-limit": httpx.Response(403, headers={"Retry-After": "3"}),
    "503-with-time": httpx.Response(503, headers={"Retry-After": "3"}),
    "408": httpx.Response(408),
    "521": httpx.Response(521),
}


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING)
def test_what_was_surely_not_taken_is_sent_again_within_the_budget(failure):
    """With patience, and never more often than it was refused."""
    clock = Clock()
    http, asked = server(failure, OK, clock=clock)
    assert http.send(URL, content=b"{}").status == 200
    assert len(asked) == 2 and clock.slept[0] >= 1


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING)
def test_what_was_surely_not_taken_in_the_end_is_said_so(failure):
    """Then the next run sends it."""
    http, _ = server(failure)
    assert "api.example" in sure(http)


REFUSED = {
    "400": httpx.Response(400, json={"message": "no"}),
    "401": httpx.Response(401),
    "404": httpx.Response(404),
    "409": httpx.Response(409),
    "413": httpx.Response(413),
    "422": httpx.Response(422),
    "501": httpx.Response(501),
    "301": httpx.Response(301, headers={"Location": "/there"}),
    "308-elsewhere": httpx.Response(308, headers={"Location": "https://evil.example/"}),
    "broken-off-400": lambda: httpx.Response(
        400, headers={"Content-Length": "99"}, stream=Stream(b"{")
    ),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_sure(answer):
    """It is asked once, and nobody elsewhere hears of it."""
    http, asked = server(answer)
    sure(http)
    assert [request.url.host for request in asked] == ["api.example"]


def test_a_long_limit_names_when_to_come_back():
    """Nothing is slept beyond the budget."""
    clock = Clock()
    http, _ = server(httpx.Response(429, headers={"Retry-After": "3600"}), clock=clock)
    assert "01:00 UTC" in sure(http)
    assert not clock.slept


def test_a_renamed_place_gets_the_whole_letter():
    """307 and 308 say that nothing was taken; on the same host, the body goes along."""
    http, asked = server(httpx.Response(307, headers={"Location": "/repositories/1"}), OK)
    http.send(URL, content=b"words")
    assert [request.content for request in asked] == [b"words", b"words"]


def test_a_status_decides_where_the_body_broke_off():
    """Who says 201 has taken it, whatever becomes of the rest of the answer."""
    http, _ = server(
        lambda: httpx.Response(201, stream=Stream(b"{"), headers={"Content-Length": "9"})
    )
    reply = http.send(URL, content=b"{}")
    assert (reply.status, reply.content) == (201, b"")


@pytest.mark.parametrize("failure", FAILURES, ids=lambda f: str(getattr(f, "status_code", type(f))))
@pytest.mark.parametrize(("url", "headers", "secret"), SECRETS.values(), ids=SECRETS)
def test_no_secret_is_told(url, headers, secret, failure, caplog):
    """Neither by an error nor by a log line of ours or of the library beneath."""
    caplog.set_level("DEBUG")
    http, asked = server(failure)
    said = ""
    try:
        http.send(url, content=b"{}", headers=headers)
    except PublishError as error:
        said = repr(error)
    assert asked and secret not in said + caplog.text


@contextmanager
def hearing(say: Callable[[socket.socket], None]):
    """A server that hears a whole letter, then does as `say`; yields (address, letters)."""
    heard: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        while True:
            client, _ = listener.accept()
            with client:
                request = b""
                while chunk := client.recv(65536):
                    request += chunk
                    if request.endswith(b"letter"):
                        break
                if over.is_set():
                    return
                if request:
                    heard.append(request)
                    say(client)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        place = listener.getsockname()
        try:
            yield f"http://127.0.0.1:{place[1]}/hook", heard
        finally:
            over.set()
            socket.create_connection(place).close()
            thread.join()


def reset(client: socket.socket) -> None:
    """Hang up so that the other side gets a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


SILENCES = {
    "hangs-up": lambda client: None,
    "resets": reset,
    "half-an-answer": lambda client: client.sendall(b"HTTP/1.1 200 O"),
    "never-answers": lambda client: client.settimeout(2) or client.recv(1),
}


@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES)
def test_a_receiver_that_heard_all_and_fell_silent_hears_nothing_again(silence):
    """Over a real socket: one letter arrives, and it is left open."""
    http = Http(max_seconds=0.3, sleep=lambda _: None)
    with hearing(silence) as (url, heard):
        with pytest.raises(Undecided):
            http.send(url, content=b"letter")
        http.close()
    assert len(heard) == 1


def test_a_connection_that_was_given_up_leaves_nothing_open():
    """Each letter has a connection of its own: an old one may be dead without our knowing."""
    http = Http(sleep=lambda _: None)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"  # says nothing of hanging up
    with hearing(lambda client: client.sendall(answer)) as (url, heard):
        for _ in range(3):
            assert http.send(url, content=b"letter").status == 200
        http.close()
    assert len(heard) == 3


def test_a_drip_after_the_status_is_taken():
    """The receiver said 200; that its body never ends is its own affair."""
    said = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" ")
    http = Http(max_seconds=0.3)
    with speaking(said) as url:
        assert http.send(url, content=b"letter").status == 200


def test_nobody_there_is_sure():
    """A port where nothing listens."""
    with speaking(once(b"")) as url:
        pass
    with pytest.raises(PublishError, match="the connection failed") as caught:
        Http(max_tries=2, sleep=lambda _: None).send(url, content=b"letter")
    assert not isinstance(caught.value, Undecided)


def test_no_tls_is_sure():
    """Who does not speak TLS has not heard a byte of the letter."""
    with (
        speaking(once(b"220 mail.example ESMTP\r\n")) as url,
        pytest.raises(PublishError) as caught,
    ):
        Http(max_tries=2, sleep=lambda _: None).send(
            url.replace("http:", "https:"), content=b"letter"
        )
    assert not isinstance(caught.value, Undecided)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_an_inner_address_hears_nothing_unless_it_is_meant(name):
    """Whatever name leads there; and it is said how to allow it."""
    with hearing(lambda client: None) as (url, heard):
        http = Http(allow_private=False, sleep=lambda _: None)
        with pytest.raises(PublishError, match="allow_private = true") as caught:
            http.send(url.replace("127.0.0.1", name), content=b"letter")
        http.close()
    assert not heard and not isinstance(caught.value, Undecided)
