"""A server on this machine that says any bytes, at any pace."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Speech = Callable[[Callable[[bytes], None], threading.Event], None]
"""Says bytes by its first argument until it is done or the event is set."""


@contextmanager
def speaking(
    speech: Speech, *, certificate: Path | None = None, greets: bool = False
) -> Iterator[str]:
    """Answer every connection by `speech`, or speak first; yield the address."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, speech, over, certificate, greets))
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
    server: socket.socket,
    speech: Speech,
    over: threading.Event,
    certificate: Path | None,
    greets: bool,
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
                if not greets:
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


def self_signed(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1 that nobody vouches for, and its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
