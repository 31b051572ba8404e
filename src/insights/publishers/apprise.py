"""Tells a digest in a few lines to any service that Apprise knows: chats, phones, pagers."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from insights.credentials import conceal, redact, reveal
from insights.errors import CredentialsError, PublishError, Undecided


class AppriseOptions(BaseModel):
    """A service, as an address of Apprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr = Field(description="e.g. discord://…, tgram://…, as `$NAME`: it is a secret")


class Apprise:
    """Sends title and lines, as many whole ones as the service takes in one message."""

    Options: ClassVar[type[BaseModel]] = AppriseOptions
    replaces: ClassVar[bool] = False

    def __init__(self, name: str, options: AppriseOptions) -> None:
        self.name = name
        self.options = options

    @property
    def addresses(self) -> tuple[str]:
        """One service; an address of Apprise may name several rooms of it."""
        return ("",)

    def write(self, digest_id: str, documents: Mapping[str, bytes], *, to: str, key: str) -> bytes:
        """Return title and body; PublishError where not even the shortest text fits."""
        service = self._service()
        outline = json.loads(documents["brief"])
        apart = len(outline["title"]) <= service.title_maxlen
        title = outline["title"] if apart else ""
        room = service.body_maxlen - len(title)
        for body in _bodies(outline, titled=not apart):
            if body and len(body) <= room:
                return json.dumps({"title": title, "body": body}, ensure_ascii=False).encode()
        raise PublishError(
            f"publisher {self.name}: {service.service_name} takes {room:,} characters, too few for "
            "a digest; choose another service"
        )

    def deliver(self, letter: bytes, *, to: str, key: str) -> str:
        """Send it; Apprise says only yes or no, and a no may come after it was taken."""
        from apprise import NotifyFormat

        service, told = self._service(), json.loads(letter)
        with _Listening() as heard:
            try:
                taken = service.notify(
                    title=told["title"], body=told["body"], body_format=NotifyFormat.TEXT
                )
            except Exception as error:  # a plugin may raise anything, at any moment
                taken, heard.last = False, type(error).__name__
        if not taken:
            raise Undecided(
                f"{service.service_name} did not confirm it, and Apprise does not say whether it "
                f"was taken all the same{heard.said}"
            )
        return str(service.service_name)

    def _service(self) -> Any:
        import apprise

        try:
            url = reveal(self.options.url, f"publishers.{self.name}.url")
        except CredentialsError as error:
            raise PublishError(str(error)) from None
        conceal(url)
        service = apprise.Apprise.instantiate(url)
        if service is None:
            raise PublishError(
                f"publishers.{self.name}.url is no address that Apprise knows; see its list of "
                "services for how one is written"
            )
        return service


def _bodies(outline: Mapping[str, Any], *, titled: bool) -> Iterator[str]:
    """Yield texts from the longest to the shortest, each of whole lines."""
    title: Sequence[str] = [outline["title"]] if titled else []
    items = outline["items"]
    for shown in range(len(items), -1, -1):
        rest = _rest(outline["page"], len(items) - shown)
        yield "\n".join([*title, *outline["lines"], *items[:shown], *rest])
    yield "\n".join([*title, *_rest(outline["page"], len(items))])
    yield "\n".join(_rest(outline["page"], len(items)))


def _rest(page: str | None, hidden: int) -> list[str]:
    if hidden:
        return [f"… +{hidden} more: {page}" if page else f"… +{hidden} more"]
    return [page] if page else []


class _Listening(logging.Handler):
    """Keeps the last complaint of Apprise, the only place where it names a reason."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()

    @property
    def said(self) -> str:
        words = " ".join(redact(self.last, {}, None).split())[:200]
        return f": {''.join(sign for sign in words if sign.isprintable())}" if words else ""

    def __enter__(self) -> _Listening:
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)
