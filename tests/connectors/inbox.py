"""An archive that answers as public-inbox does over HTTP and does as it is told."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from urllib.parse import unquote

import httpx

from tests.connectors.letters import Letter, Letters


class Inbox(Letters):
    """Its feed shows four mails, and a search may be told to find too many to send."""

    shown = 4

    def __init__(self, *, most: int = 1000) -> None:
        super().__init__()
        self.most = most
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.raw_path.decode().partition("?")[0]
        assert path.startswith("/feedback/"), path
        rest = path.removeprefix("/feedback/")
        if request.method == "POST":
            assert rest == "" and request.url.params["x"] == "m"
            return self._search(request.url.params["q"])
        if rest == "new.atom":
            return self._feed(request.url.params.get("t", ""))
        assert rest.endswith("/raw"), path
        mail = self.mails.get(unquote(rest.removesuffix("/raw")))
        if mail is None:
            return httpx.Response(404, text="Not Found")
        return httpx.Response(200, content=_boxed(mail))

    def _feed(self, after: str) -> httpx.Response:
        mails = sorted(self.mails.values(), key=lambda mail: (mail.at, mail.number))
        if not mails:
            return httpx.Response(404, text="No feed found for thread\n")
        shown = mails[: self.shown] if after else mails[-self.shown :]
        entries = "".join(
            f"<entry><title>t</title><updated>{mail.at:%Y-%m-%dT%H:%M:%SZ}</updated>"
            f"<id>urn:uuid:{mail.number}</id><content>{mail.text}</content></entry>"
            for mail in shown
        )
        newest = f"<updated>{shown[-1].at:%Y-%m-%dT%H:%M:%SZ}</updated>"
        feed = f'<feed\nxmlns="http://www.w3.org/2005/Atom">{newest}{entries}</feed>'
        return httpx.Response(200, text='<?xml version="1.0"?>\n' + feed)

    def _search(self, query: str) -> httpx.Response:
        found = re.fullmatch(r"rt:(\d*)\.\.(\d*)", query)
        assert found, query
        first, last = (
            datetime.fromtimestamp(int(side), UTC) if side else None for side in found.groups()
        )
        mails = [
            mail
            for mail in self.mails.values()
            if (first is None or mail.at >= first) and (last is None or mail.at <= last)
        ]
        if not mails:
            return httpx.Response(404, text="No results found\n")
        content = gzip.compress(b"".join(map(_boxed, reversed(mails))))
        if len(mails) > self.most:
            content += b"\0" * 2**25
        return httpx.Response(200, content=content)


def _boxed(mail: Letter) -> bytes:
    body = re.sub(rb"^(>*From )", rb">\1", mail.raw(), flags=re.M)
    body = body.replace(b">From: ", b"From: ")
    return b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + body + b"\n"
