"""A real mail server on this machine that can be told to greylist, refuse, stall and die."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "correct-horse-battery"


class PostOffice:
    """What came in, and what the server is to do with what comes next."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.greylisted: set[str] = set()
        self.refused: set[str] = set()
        self.answer = "250 taken"
        self.dies = ""
        """`greeting`, `middle` (half of the letter is there) or `end` (it is taken, unsaid)."""
        self.stalls = ""
        """`greeting` or `end`."""
        self.encrypted = 0
        self.port = 0

    @property
    def readers(self) -> list[str]:
        """Who has got a mail, sorted; twice who got two."""
        return sorted(to for to, _ in self.taken)

    def mails(self) -> list[Message]:
        return [message_from_bytes(content) for _, content in self.taken]

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, host: str, replies: Any):
        session.host_name = host
        self.encrypted += session.ssl is not None
        if self.stalls == "greeting":
            await asyncio.sleep(1)
        if self.dies == "greeting":
            server.transport.abort()
        return replies

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ):
        if address in self.greylisted:
            self.greylisted.discard(address)
            return "451 4.7.1 greylisted, please come back"
        if address in self.refused:
            return "550 5.1.1 nobody of that name lives here"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.taken += [(to, envelope.original_content) for to in envelope.rcpt_tos]
        if self.stalls == "end":
            await asyncio.sleep(2)
        if self.dies == "end":
            server.transport.abort()
        return self.answer


class Server(SMTP):
    """aiosmtpd, which can die in the middle of a letter."""

    async def smtp_DATA(self, arg: str) -> None:
        if self.event_handler.dies != "middle":
            return await super().smtp_DATA(arg)
        await self.push("354 go on")
        await self._reader.readline()
        self.transport.abort()


class Office(Controller):
    def factory(self) -> SMTP:
        return Server(self.handler, **self.SMTP_kwargs)


def log_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@contextmanager
def open_office(certificate: Path | None = None, *, locked: bool = False) -> Iterator[PostOffice]:
    """Run a server; with a certificate it wants STARTTLS, `locked` also a password."""
    office = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        office.port = free.getsockname()[1]
    more: dict[str, Any] = {}
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        more = {"tls_context": context, "require_starttls": True}
    if locked:
        more |= {"authenticator": log_in, "auth_required": True}
    controller = Office(office, hostname="127.0.0.1", port=office.port, **more)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def make_certificate(path: Path, host: str = "127.0.0.1") -> Path:
    """Write a certificate for an address, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False
        )
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
