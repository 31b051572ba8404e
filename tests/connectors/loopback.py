"""A server on this machine that says any bytes, at any pace."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Speech = Callable[[Callable[[bytes], None], threading.Event], None]
"""Says bytes by its first argument until it is done or the event is set."""


@contextmanager
def speaking(speech: Speech, *, certificate: Path | None = None) -> Iterator[str]:
    """Answer every connection by `speech`; yield the address."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, speech, over, certificate))
        thread.start()
        port = server.getsockname()[1]
        try:
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}/items"
        finally:
            over.set()
            with socket.create_connection(("127.0.0.1", port)):
                pass  # wakes the server, which sees that it is over
            thread.join()


def _serve(
    server: socket.socket, speech: Speech, over: threading.Event, certificate: Path | None
) -> None:
    while True:
        client, _ = server.accept()
        with client:
            if over.is_set():
                return
            try:
                if certificate:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(certificate)
                    client = context.wrap_socket(client, server_side=True)
                client.recv(65536)
                speech(client.sendall, over)
            except OSError:
                pass  # they hung up


def drip(before: bytes, drop: bytes) -> Speech:
    """Say `before`, then `drop` again and again."""

    def speech(say: Callable[[bytes], None], over: threading.Event) -> None:
        say(before)
        while not over.wait(0.01):
            say(drop)

    return speech


def once(*words: bytes) -> Speech:
    """Say `words` and hang up."""

    def speech(say: Callable[[bytes], None], over: threading.Event) -> None:
        for word in words:
            say(word)

    return speech
