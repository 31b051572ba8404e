"""What a server answered, read with a limit on bytes and seconds and believed in nothing else."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, NoReturn, TypeAlias, TypeVar

import httpx
from pydantic import AfterValidator, AwareDatetime, BaseModel, ValidationError

from insights.errors import BadItem, SourceError, TooLarge

_CHUNK = 2**18
_LONGEST_VALIDATOR = 500
M = TypeVar("M", bound=BaseModel)

Payload: TypeAlias = Any
"""What came as JSON and nobody has looked at yet."""


class Interrupted(Exception):
    """The body ended before it was whole: asking again may bring all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A status, headers and a whole body; `url` holds no credentials."""

    url: str
    status: int
    headers: httpx.Headers
    content: bytes = field(repr=False)

    def json(self) -> Payload:
        """Return the body as JSON whose strings any database can store.

        Raises:
            SourceError: a web page, truncated or too deep JSON, or numbers that JSON has not.
        """
        if self.content.lstrip()[:1] == b"<":
            raise SourceError(
                f"{self.url} answered with a web page instead of JSON; is the address right, and "
                "can it be read without logging in?"
            )
        try:
            value = json.loads(self.content, parse_constant=_no_constant)
            return _storable(value) if b"\\u" in self.content else value
        except RecursionError:
            raise SourceError(f"{self.url} answered with JSON that is nested too deep") from None
        except ValueError:  # also what is not UTF-8, NaN, and integers of thousands of digits
            raise SourceError(f"{self.url} answered with broken or truncated JSON") from None

    @property
    def next_url(self) -> str | None:
        """The next page as the Link header names it, verbatim; None on the last page."""
        try:
            link = httpx.Response(200, headers=self.headers).links.get("next", {}).get("url")
            return str(httpx.URL(self.url).join(link)) if link else None
        except (httpx.InvalidURL, ValueError):
            raise SourceError(f"{self.url} names a next page that is no address") from None

    @property
    def last_page(self) -> int | None:
        """The number of the last page as the Link header names it; None where it does not."""
        try:
            link = httpx.Response(200, headers=self.headers).links.get("last", {}).get("url", "")
            page = httpx.URL(self.url).join(link).params.get("page", "")
        except (httpx.InvalidURL, ValueError):
            return None
        return int(page) if link and page.isdecimal() and len(page) < 10 else None

    @property
    def said(self) -> str:
        """What the server says went wrong, as `: message` in one short line, or nothing.

        Signs that no terminal shows are left out: they could move its cursor.
        """
        try:
            body = json.loads(self.content)
            names = ("errorMessages", "errors", "message", "error")
            texts = next((body[name] for name in names if body.get(name)), None)
        except (ValueError, RecursionError, AttributeError):
            return ""
        text = texts[0] if isinstance(texts, list) and texts else texts
        if not isinstance(text, str):
            return ""
        words = " ".join(text[:2000].split())[:200]
        return f": {''.join(sign for sign in words if sign.isprintable())}"

    @property
    def validators(self) -> dict[str, str]:
        """The headers that ask for this page only if it changed: 304 means that it did not."""
        found = {
            "If-None-Match": self.headers.get("etag", ""),
            "If-Modified-Since": self.headers.get("last-modified", ""),
        }
        return {
            name: value
            for name, value in found.items()
            if value and len(value) < _LONGEST_VALIDATOR and value.isascii() and value.isprintable()
        }

    @property
    def answered_at(self) -> datetime:
        """When the server says it answered, or the time now, in UTC."""
        try:
            at = parsedate_to_datetime(self.headers.get("date", ""))
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return datetime.now(UTC)


def read_body(
    response: httpx.Response, *, url: str, max_bytes: int, in_time: Callable[[], bool]
) -> bytes:
    """Read and unpack the body of a streamed response, never holding more than `max_bytes`.

    httpx would unpack a chunk of any size at once, so a small reply could fill the memory; here
    unpacking stops at the limit too.

    Raises:
        Interrupted: fewer bytes came than were announced.
        TooLarge: the body is too large.
        SourceError: it is too slow, or packed in a way that we did not ask for.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding not in {"identity", "gzip", "x-gzip", "deflate"}:
        raise SourceError(f"{url} answered in an encoding that was not asked for ({encoding[:20]})")
    unpack = None if encoding == "identity" else zlib.decompressobj(zlib.MAX_WBITS | 32)
    body = bytearray()
    received = 0
    if not isinstance(response.stream, httpx.SyncByteStream):  # pragma: no cover
        raise TypeError("a synchronous transport is needed")
    for chunk in response.stream:
        received += len(chunk)
        if unpack is None:
            body += chunk
        else:
            _unpack(unpack, chunk, body, max_bytes, url)
        if len(body) > max_bytes or received > max_bytes:
            _too_large(url, max_bytes)
        if not in_time():
            raise SourceError(f"{url} answers too slowly; the next run tries again")
    announced = response.headers.get("content-length", "")
    empty = response.status_code == 304  # it announces what it would have sent
    if announced.isdigit() and received < int(announced) and not empty:
        raise Interrupted
    if unpack is not None and received and not unpack.eof:
        raise Interrupted
    return bytes(body)


def _unpack(
    unpack: zlib._Decompress, chunk: bytes, body: bytearray, max_bytes: int, url: str
) -> None:
    try:
        while chunk and not unpack.eof:
            body += unpack.decompress(chunk, _CHUNK)
            chunk = unpack.unconsumed_tail
            if len(body) > max_bytes:
                _too_large(url, max_bytes)
    except zlib.error:
        raise SourceError(f"{url} answered with a body that cannot be unpacked") from None


def _too_large(url: str, max_bytes: int) -> NoReturn:
    raise TooLarge(f"{url} answered with more than {max_bytes // 2**20} MiB; that is no page")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _storable(value: Payload) -> Payload:
    """Replace halves of surrogate pairs and NUL, which JSON may escape and databases refuse."""
    if isinstance(value, str):
        if not value.isascii():
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value


def shaped(model: type[M], value: Payload) -> M:
    """Return `value` as `model`; BadItem says which of its fields is wrong, not what it holds."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise BadItem(f"{where} is wrong: {first['msg'][:120]}") from None
    except RecursionError:
        raise BadItem("is nested too deep") from None


def _in_utc(at: datetime) -> datetime:
    if not 1970 <= at.year < 2200:
        raise ValueError(f"the year {at.year} is not one of ours")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time in a reply, in UTC."""
