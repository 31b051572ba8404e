"""What servers do to a connection, over real sockets of this machine."""

import gzip
import time
import tracemalloc
from pathlib import Path

import pytest

from insights.errors import SourceError
from insights.http import Http
from tests.connectors.loopback import Speech, drip, once, self_signed, speaking

OK = b"HTTP/1.1 200 OK\r\n"
PATIENCE_S = 0.4


def ask(speech: Speech, **limits) -> bytes:
    http = Http(max_tries=2, max_wait=5, sleep=lambda _: None, **limits)
    with speaking(speech) as url:
        try:
            return http.get(url).content
        finally:
            http.close()


DRIPS = {
    "status": drip(b"", b"H"),
    "header": drip(OK, b"X-A: b\r\n"),
    "header-line": drip(OK + b"X-A: ", b"b"),
    "body": drip(OK + b"Content-Length: 99999999\r\n\r\n", b" "),
    "body-without-end": drip(OK + b"\r\n", b" "),
    "chunks": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "chunk-length": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "trailer": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\nX: ", b"y"),
    "informational": drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "silence": drip(OK + b"Content-Length: 9\r\n\r\n", b""),
}


@pytest.mark.parametrize("speech", DRIPS.values(), ids=DRIPS)
def test_a_drip_is_bounded_in_time(speech):
    """Wherever the bytes come one by one, the whole answer has its time and no more."""
    begun = time.monotonic()
    with pytest.raises(SourceError, match=r"127\.0\.0\.1\S* answers too slowly"):
        ask(speech, max_seconds=PATIENCE_S)
    assert time.monotonic() - begun < PATIENCE_S + 2


BROKEN = {
    "nothing": once(b""),
    "no-http": once(b"220 mail.example ESMTP\r\n"),
    "half-a-header": once(OK + b"Content-Le"),
    "half-a-body": once(OK + b"Content-Length: 99\r\n\r\n{"),
    "half-a-chunk": once(OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\n{"),
    "bad-length": once(OK + b"Content-Length: -5\r\n\r\n{}"),
    "two-lengths": once(OK + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n{}     "),
    "endless-header": once(OK + b"X: " + b"a" * 2**20),
    "bad-gzip": once(OK + b"Content-Encoding: gzip\r\n\r\nthis is not gzip"),
}


@pytest.mark.parametrize("speech", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_one_sentence(speech):
    """Asked again once, then given up until the next run."""
    with pytest.raises(SourceError, match=r"127\.0\.0\.1") as caught:
        ask(speech)
    assert "\n" not in str(caught.value)


def test_nobody_there_is_one_sentence():
    """A port where nothing listens."""
    with speaking(once(OK)) as url:
        pass
    with pytest.raises(SourceError, match="the connection failed"):
        Http(max_tries=2, sleep=lambda _: None).get(url)


def test_a_hundred_megabytes_are_not_held():
    """What comes is counted while it comes, announced or not."""
    words = [OK + b"\r\n", *[b" " * 2**20] * 100]
    with pytest.raises(SourceError, match="more than 4 MiB"):
        ask(once(*words), max_bytes=4 * 2**20)


def test_a_bomb_is_not_unpacked():
    """A small answer that would become a thousand times its size is left at the limit."""
    bomb = gzip.compress(b"0" * 2**24)
    tracemalloc.start()
    with pytest.raises(SourceError, match="more than 1 MiB"):
        ask(once(OK + b"Content-Encoding: gzip\r\n\r\n" + bomb), max_bytes=2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_a_connection_is_used_again_after_a_slow_one():
    """The time of one answer is not taken from the next."""
    http = Http(max_seconds=1.0)
    body = b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
    with speaking(DRIPS["header"]) as slow, pytest.raises(SourceError):
        http.get(slow)
    with speaking(once(OK + body)) as url:
        assert [http.get(url).json() for _ in range(3)] == [{}, {}, {}]
    http.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    return self_signed(tmp_path_factory.mktemp("tls"))


def test_a_drip_is_bounded_on_a_trusted_line_too(certificate, monkeypatch):
    """Where the certificate is one that we trust, and the drip comes through it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        speaking(DRIPS["header-line"], certificate=certificate) as url,
        pytest.raises(SourceError, match="too slowly"),
    ):
        Http(max_seconds=PATIENCE_S).get(url)


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate):
    """Before a byte of the question, and with it the key, is sent."""
    heard = []
    with (
        speaking(lambda say, _: heard.append(say), certificate=certificate) as url,
        pytest.raises(SourceError, match="certificate that is not valid"),
    ):
        Http().get(url, headers={"Api-Key": "secret-key-1"})
    assert not heard
