"""Mails a digest to each of its readers, over SMTP."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import select
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from insights.credentials import redact, reveal
from insights.errors import PublishError, Undecided, unknown

LARGEST: Final = 100_000
"""Bytes of a letter. Gmail clips mails near this."""
LONGEST_LINE: Final = 990
"""Bytes of a line; SMTP allows 998."""
PATIENCE: Final = 30.0
"""Seconds that a server may take to answer; ten times as long once it has the whole letter."""
GRACE: Final = 0.05
"""Seconds in which a server that gave a letter up half way can say so before its end is sent."""
PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class EmailOptions(BaseModel):
    """A mail server, from whom the mails are, and who gets one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(pattern=r"^[^\s/:@]+$", description="the server that takes our mails")
    port: int | None = Field(None, ge=1, le=65_535, description="587, with tls 465, with none 25")
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is encrypted"
    )
    user: str | None = Field(None, description="the account, where the server wants one")
    password: SecretStr | None = Field(None, description="its password, better as $NAME")
    sender: str = Field(alias="from", description="Name <address>")
    to: tuple[str, ...] = Field(min_length=1, description="who gets a mail, each one of their own")
    reply_to: str | None = Field(None, description="where answers go")

    @field_validator("sender", "reply_to")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        if value is not None:
            name, address = parseaddr(value)
            _checked(address)
            if not name.isprintable() or "\n" in value or "\r" in value:
                raise ValueError("a name holds no line breaks or control characters")
        return value

    @field_validator("to")
    @classmethod
    def _bare(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            _checked(address)
        return tuple(dict.fromkeys(value))

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together")
        if self.tls == "none" and self.user and not _is_here(self.host):
            raise ValueError("a password is not sent unencrypted; set tls to 'starttls' or 'tls'")
        return self


class Email:
    """One mail a reader: HTML with the complete text beside it, the finding as its subject."""

    Options: ClassVar[type[BaseModel]] = EmailOptions
    replaces: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        options: EmailOptions,
        *,
        context: ssl.SSLContext | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.name = name
        self.options = options
        self._context = context
        self._patience = patience

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every reader."""
        return self.options.to

    def write(self, digest_id: str, documents: Mapping[str, bytes], *, to: str, key: str) -> bytes:
        """Return the mail, whose Date is the digest's and whose Message-ID is made from `key`."""
        for form in ("subject", "html", "txt", "json"):
            if form not in documents:
                raise PublishError(f"publisher {self.name}: {unknown('format', form, documents)}")
        _check(self.name, to)
        as_of = datetime.fromisoformat(json.loads(documents["json"])["as_of"])
        mail = self._headed(documents["subject"].decode(), as_of, to, key)
        text, html = documents["txt"].decode(), documents["html"].decode()
        letters = [_filled(mail, text, html, cte, key) for cte in ("quoted-printable", "base64")]
        letter = min(letters, key=len)
        if len(letter) > LARGEST and all(
            len(line) <= LONGEST_LINE for line in _folded(html).encode().split(b"\n")
        ):
            letter = _filled(mail, text, _folded(html), "8bit", key)
        return letter

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        """Hand the mail over; what the server says stands in the error."""
        _check(self.name, to)
        with self._session() as server:
            said = server.mail(parseaddr(self.options.sender)[1], _asked(server, letter))
            self._accept(said, (250,), "the sender")
            self._accept(server.rcpt(to), (250, 251), to)
            self._hand_over(server, letter, to)
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        return to

    def _headed(self, subject: str, as_of: datetime, to: str, key: str) -> EmailMessage:
        domain = parseaddr(self.options.sender)[1].rpartition("@")[2]
        answers = self.options.reply_to or self.options.sender
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = subject
        mail["From"] = _mailbox(self.options.sender)
        mail["To"] = Address(addr_spec=to)
        if self.options.reply_to:
            mail["Reply-To"] = _mailbox(self.options.reply_to)
        mail["Date"] = format_datetime(as_of)
        mail["Message-ID"] = f"<{_digits(key)}@{domain}>"
        mail["List-Id"] = f"<{_label(self.name)}.insights.{domain}>"
        mail["List-Unsubscribe"] = f"<mailto:{parseaddr(answers)[1]}?subject=unsubscribe>"
        mail["Auto-Submitted"] = "auto-generated"
        return mail

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """Connect, encrypt, log in. Whatever breaks before the letter's end: it was not taken."""
        server: smtplib.SMTP | None = None
        try:
            server = self._connect()
            self._log_in(server)
            yield server
        except PublishError:
            raise
        except ssl.SSLCertVerificationError as error:
            raise self._refused(
                f"the certificate of {self.options.host} cannot be trusted "
                f"({error.verify_message}); name the host that it was made for"
            ) from None
        except smtplib.SMTPResponseException as error:
            raise self._refused(_words(error.smtp_code, error.smtp_error)) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise self._refused(
                f"{self.options.host} could not be reached, or broke off "
                f"({str(error) or type(error).__name__})"
            ) from None
        finally:
            if server is not None:
                server.close()

    def _connect(self) -> smtplib.SMTP:
        host, port = self.options.host, self.options.port or PORTS[self.options.tls]
        context = self._context or ssl.create_default_context()
        if self.options.tls == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=self._patience, context=context)
        server = smtplib.SMTP(host, port, timeout=self._patience)
        if self.options.tls == "starttls":
            server.ehlo_or_helo_if_needed()
            if not server.has_extn("starttls"):
                server.close()
                raise self._refused(
                    f"{host} offers no STARTTLS; set tls to 'tls', or to 'none' if it may be read "
                    "on its way"
                )
            server.starttls(context=context)
        return server

    def _log_in(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self.options.user:
            return
        password = reveal(self.options.password, f"publishers.{self.name}.password")
        try:
            server.login(self.options.user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise self._refused(
                f"{self.options.host} refused user and password "
                f"({_words(error.smtp_code, error.smtp_error)}); check both"
            ) from None

    def _hand_over(self, server: smtplib.SMTP, letter: bytes, to: str) -> None:
        """Send the letter, then its end by itself: from there on nobody can know."""
        self._accept(server.docmd("DATA"), (354,), "the letter")
        body = re.sub(rb"(?m)^\.", b"..", letter)
        assert server.sock is not None  # noqa: S101 - it has just answered
        server.sock.sendall(body if body.endswith(b"\r\n") else body + b"\r\n")
        if select.select([server.sock], [], [], GRACE)[0]:
            self._accept(server.getreply(), (), "the letter, before its end")
        server.sock.sendall(b".\r\n")
        try:
            server.sock.settimeout(10 * self._patience)
            said = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise Undecided(
                f"publisher {self.name}: {self.options.host} had the whole mail to {to} and did "
                f"not answer ({redact(str(error), {}, None) or type(error).__name__})"
            ) from None
        self._accept(said, (250,), "the letter")

    def _accept(self, said: tuple[int, bytes], good: tuple[int, ...], what: str) -> None:
        if said[0] not in good:
            raise self._refused(f"{self.options.host} refused {what}: {_words(*said)}")

    def _refused(self, why: str) -> PublishError:
        return PublishError(f"publisher {self.name}: {redact(why, {}, None)}")


def _filled(mail: EmailMessage, text: str, html: str, cte: str, key: str) -> bytes:
    """Return the mail with both parts, encoded as `cte` says; 8bit is for the HTML."""
    mail.clear_content()
    mail.set_content(text, cte="quoted-printable" if cte == "8bit" else cte)
    mail.add_alternative(html, subtype="html", cte=cte)
    mail.set_boundary(f"={_digits(key + '/boundary')}=")
    return mail.as_bytes(policy=SMTP)


def _folded(html: str) -> str:
    """Break lines that are too long for SMTP at blanks, where HTML knows no difference."""
    lines = []
    for line in html.split("\n"):
        while len(line.encode()) > LONGEST_LINE:
            head = line.encode()[:LONGEST_LINE].decode(errors="ignore")
            start = head.rpartition(" ")[0]
            if not start:
                break
            lines.append(start)
            line = line[len(start) + 1 :]
        lines.append(line)
    return "\n".join(lines)


def _asked(server: smtplib.SMTP, letter: bytes) -> list[str]:
    wanted = [f"SIZE={len(letter)}"] if server.has_extn("size") else []
    eight = not letter.isascii() and server.has_extn("8bitmime")
    return [*wanted, "BODY=8BITMIME"] if eight else wanted


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return "".join(c for c in " ".join(f"{code} {text}".split()) if c.isprintable())[:300]


def _mailbox(value: str) -> Address:
    name, address = parseaddr(value)
    return Address(display_name=name, addr_spec=address)


def _checked(address: str) -> None:
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise ValueError(f"'{address}' is no mail address; write e.g. ann@example.org")


def _check(name: str, to: str) -> None:
    try:
        _checked(to)
    except ValueError as error:
        raise PublishError(f"publisher {name}: {error}") from None


def _digits(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _label(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "digest"


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
