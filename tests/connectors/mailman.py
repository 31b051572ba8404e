"""An archive that answers as HyperKitty does and does as it is told."""

from __future__ import annotations

import base64
import gzip
import hashlib
from datetime import UTC, datetime
from urllib.parse import unquote

import httpx

from tests.connectors.letters import Letter, Letters

LIST = "feedback@lists.example"


class Mailman(Letters):
    """Mails are listed by when they were archived, the last first, and exported by their dates."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[httpx.Request] = []
        self.most = 1000

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, params = unquote(request.url.path), request.url.params
        if path == f"/archives/api/list/{LIST}/emails/":
            return self._listing(int(params["offset"]), int(params["limit"]))
        if path == f"/archives/api/list/{LIST}/":
            return httpx.Response(200, json={"name": LIST, "archive_policy": "public"})
        if path.endswith("@lists.example/emails/"):
            return httpx.Response(500, text="<!DOCTYPE html>")  # as it does for an unknown list
        if path.endswith("@lists.example/"):
            return httpx.Response(404, json={"detail": "No MailingList matches the given query."})
        if path == f"/archives/list/{LIST}/export/mails.mbox.gz":
            return self._export(params)
        key = path.removeprefix(f"/archives/api/list/{LIST}/email/").rstrip("/")
        assert len(key) == 32, path
        found = [mail for mail in self.mails.values() if name(mail) == key]
        if found:
            return httpx.Response(200, json=self._row(found[0]))
        return httpx.Response(404, json={"detail": "Not found."})

    def _listing(self, offset: int, limit: int) -> httpx.Response:
        rows = [self._row(mail) for mail in reversed(self.mails.values())][offset : offset + limit]
        page = {"count": len(self.mails), "next": None, "previous": None, "results": rows}
        return httpx.Response(200, json=page)

    def _export(self, params: httpx.QueryParams) -> httpx.Response:
        assert set(params) <= {"start", "end", "message"}, params
        first, last = (
            datetime.fromisoformat(params[side]).replace(tzinfo=UTC) if side in params else None
            for side in ("start", "end")
        )
        mails = [
            mail
            for mail in self.mails.values()
            if (first is None or mail.at >= first)
            and (last is None or mail.at < last)
            and params.get("message", name(mail)) == name(mail)
        ]
        content = gzip.compress(b"".join(map(_boxed, mails)))
        if len(mails) > self.most:
            content += b"\0" * 2**25
        return httpx.Response(200, content=content)

    def _row(self, mail: Letter) -> dict[str, object]:
        here = f"http://lists.example/api/list/{LIST}"
        return {
            "url": f"{here}/email/{name(mail)}/", "parent": None, "children": [],
            "thread": f"{here}/thread/{name(self._first(mail))}/",
            "message_id_hash": name(mail), "message_id": mail.id, "sender_name": "Ann B",
            "sender": {"address": "ann (a) example.org", "mailman_id": None, "emails": None},
            "subject": "s", "date": f"{mail.at:%Y-%m-%dT%H:%M:%SZ}",
        }  # fmt: skip

    def _first(self, mail: Letter) -> Letter:
        """The beginning of a conversation, as far as it is archived."""
        while mail.parent in self.mails:
            mail = self.mails[mail.parent]
        return mail


def name(mail: Letter) -> str:
    """What Mailman calls a mail."""
    return base64.b32encode(hashlib.sha1(mail.id.encode()).digest()).decode()


def _boxed(mail: Letter) -> bytes:
    return b"From ann@example.org Mon Jan  5 08:00:00\n" + mail.raw() + b"\n\n"
