"""A news server that does as it is told, with holes, long lines and a password."""

from __future__ import annotations

import re

import httpx

from tests.connectors.letters import Letter, Letters


class News(Letters):
    """Articles keep their numbers; those of deleted ones are holes."""

    def __init__(self) -> None:
        super().__init__()
        self.token = "news-pass-71a"
        self.low = 1
        self.high = 0
        self.overview = True
        self.asked: list[str] = []
        self.known: dict[str, str] = {}

    def put(self, text, at):
        id_ = super().put(text, at)
        self.high = self.last
        return id_

    def expire(self, below: int) -> None:
        """Forget the articles before a number."""
        self.low = below
        self.mails = {id_: mail for id_, mail in self.mails.items() if mail.number >= below}

    def renumber(self) -> None:
        """Count anew, as a server does that was built again; the order is another one."""
        for number, mail in enumerate(reversed(self.mails.values()), start=1):
            mail.number = number
        self.low, self.high = 1, len(self.mails)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        session, command = request.url.path, request.content.decode().removesuffix("\r\n")
        assert "\r" not in command and "\n" not in command
        self.asked.append(command)
        return httpx.Response(200, content=self._answer(session, command))

    def _answer(self, session: str, command: str) -> bytes:
        match command.split(" "):
            case [""]:
                return b"200 news.example ready\r\n"
            case ["MODE", "READER"]:
                return b"480 who are you?\r\n"
            case ["AUTHINFO", "USER", user]:
                self.known[session] = user
                return b"381 and your password?\r\n"
            case ["AUTHINFO", "PASS", password]:
                if self.known.get(session) != "ann" or password != self.token:
                    return f"481 wrong: {password}\r\n".encode()
                self.known[session] = "in"
                return b"281 welcome\r\n"
        if self.known.get(session) != "in":
            return b"480 who are you?\r\n"
        match command.split(" "):
            case ["GROUP", "test.feedback"]:
                return f"211 {len(self.mails)} {self.low} {self.high} test.feedback\r\n".encode()
            case ["GROUP", _]:
                return b"411 no such group\r\n"
            case ["OVER", span] if self.overview:
                return self._over(*map(int, span.split("-")))
            case ["STAT", which] if found := self._find(which):
                return f"223 {found.number} <{found.id}> there\r\n".encode()
            case ["ARTICLE", which] if found := self._find(which):
                head = f"220 {found.number} <{found.id}> follows\r\n".encode()
                return head + _stuffed(found.raw()) + b".\r\n"
            case ["STAT" | "ARTICLE", which]:
                return b"430 no\r\n" if which.startswith("<") else b"423 no\r\n"
        return b"500 what?\r\n"

    def _over(self, first: int, last: int) -> bytes:
        found = [mail for mail in self.mails.values() if first <= mail.number <= last]
        if not found:
            return b"423 nothing there\r\n"
        rows = "".join(
            f"{mail.number}\tSubject {'x' * 5000}\tAnn\t{mail.at:%d %b %Y %H:%M:%S} GMT\t"
            f"<{mail.id}>\t\t1\t1\r\n"
            for mail in sorted(found, key=lambda mail: mail.number)
        )
        return f"224 rows\r\n{rows}.\r\n".encode()

    def _find(self, which: str) -> Letter | None:
        if which.startswith("<"):
            return self.mails.get(which.strip("<>"))
        return next((mail for mail in self.mails.values() if str(mail.number) == which), None)


def failed(status: int, text: str, command: bytes) -> bytes:
    """How a news server says what HTTP says by a status."""
    code = {401: 480, 403: 502, 404: 411, 429: 400}.get(status, 403)
    return f"{code} {' '.join(text.split())}\r\n".encode()


def _stuffed(raw: bytes) -> bytes:
    return re.sub(rb"^\.", b"..", raw.replace(b"\n", b"\r\n"), flags=re.M)
