"""A mail server that does as it is told, spoken to by the standard library over a scripted wire."""

from __future__ import annotations

import imaplib
import re

import httpx

from insights.http import Http
from tests.connectors.letters import Letter, Letters
from tests.connectors.wire import Wire


class Postbox(Letters):
    """UIDs only grow; under a new validity they begin anew."""

    def __init__(self) -> None:
        super().__init__()
        self.token = "imap-pass-5b0"
        self.validity = 7
        self.next_uid = 1
        self.uids: dict[str, int] = {}
        self.flagged: set[str] = set()
        self.finds_ids = True
        self.tells_next = True
        self.uid_last = False
        self.busy = False
        self.asked: list[str] = []
        self.known: set[str] = set()

    def put(self, text, at):
        id_ = super().put(text, at)
        self.uids[id_] = self.next_uid
        self.next_uid += 1
        return id_

    def edit(self, native_id: str, text: str) -> None:
        """A mail cannot be changed; a draft is put anew under the same id."""
        super().edit(native_id, text)
        self.uids[native_id] = self.next_uid
        self.next_uid += 1

    def renumber(self) -> None:
        """Lose all UIDs, as after a move to another machine."""
        self.validity += 1
        self.uids = {id_: n for n, id_ in enumerate(reversed(self.mails), start=1)}
        self.next_uid = len(self.mails) + 1

    def __call__(self, request: httpx.Request) -> httpx.Response:
        line = request.content.decode().removesuffix("\r\n")
        assert "\r" not in line and "\n" not in line
        if not line:
            return httpx.Response(200, content=b"* OK IMAP4rev1 ready\r\n")
        tag, _, command = line.partition(" ")
        self.asked.append(command)
        untagged, said = self._answer(request.url.path, command)
        tail = f"{tag} {said}\r\n".encode()
        return httpx.Response(200, content=b"".join(part + b"\r\n" for part in untagged) + tail)

    def _answer(self, session: str, command: str) -> tuple[list[bytes], str]:
        if command == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1"], "OK done"
        if command.startswith("LOGIN"):
            if self.busy:
                return [], "NO [UNAVAILABLE] too many connections"
            if command != f'LOGIN ann "{self.token}"':
                return [], f"NO [AUTHENTICATIONFAILED] no: {command}"
            self.known.add(session)
            return [], "OK in"
        if session not in self.known:
            return [], "BAD log in"
        if command == 'EXAMINE "Lists/feedback"':
            told = [b"* %d EXISTS" % len(self.mails), b"* OK [UIDVALIDITY %d]" % self.validity]
            return told + [b"* OK [UIDNEXT %d]" % self.next_uid] * self.tells_next, "OK done"
        if command.startswith("EXAMINE"):
            return [], "NO [NONEXISTENT] no such mailbox"
        if found := re.fullmatch(r"UID SEARCH (.+)", command):
            uids = " ".join(map(str, self._search(found[1])))
            return [f"* SEARCH {uids}".strip().encode()], "OK done"
        if found := re.fullmatch(r"UID FETCH ([\d,]+) \((.+)\)", command):
            return [self._fetched(mail, found[2]) for mail in self._those(found[1])], "OK done"
        return [], "BAD what?"

    def _those(self, uids: str) -> list[Letter]:
        wanted = {int(uid) for uid in uids.split(",")}
        return [self.mails[id_] for id_, uid in self.uids.items()
                if uid in wanted and id_ in self.mails]  # fmt: skip

    def _search(self, criteria: str) -> list[int]:
        found = {id_: self.uids[id_] for id_ in self.mails}
        if "UNDELETED" in criteria:
            found = {id_: uid for id_, uid in found.items() if id_ not in self.flagged}
        if span := re.search(r"\bUID (\d+):(\d+)", criteria):
            found = {id_: u for id_, u in found.items() if int(span[1]) <= u <= int(span[2])}
        elif "UID *" in criteria:
            found = dict(sorted(found.items(), key=lambda pair: pair[1])[-1:])
        if header := re.search(r'HEADER Message-ID "(.+)"', criteria):
            found = {id_: uid for id_, uid in found.items() if header[1] in id_ and self.finds_ids}
        return sorted(found.values())

    def _fetched(self, mail: Letter, what: str) -> bytes:
        raw, uid = mail.raw(), b"UID %d" % self.uids[mail.id]
        if what == "UID RFC822.SIZE":
            return b"* 1 FETCH (" + uid + b" RFC822.SIZE %d)" % len(raw)
        cut = re.fullmatch(r"UID INTERNALDATE BODY\.PEEK\[\](?:<0\.(\d+)>)?", what)
        assert cut, what
        raw = raw[: int(cut[1])] if cut[1] else raw
        came = f' INTERNALDATE "{mail.at:%d-%b-%Y %H:%M:%S +0000}"' if not mail.spoiled else ""
        before, after = (b"", b" " + uid) if self.uid_last else (uid + b" ", b"")
        head = b"* 1 FETCH (" + before + came.strip().encode() + b" BODY[]<0> {%d}\r\n" % len(raw)
        return head + raw + after + b")"


class Client(imaplib.IMAP4):
    """The standard library's client, on a wire instead of a socket."""

    def __init__(self, http: Http) -> None:
        self._http = http
        super().__init__()

    def open(self, host="", port=143, timeout=None) -> None:
        self.wire = Wire(self._http, failed)

    def read(self, size: int) -> bytes:
        return self.wire.read(size)

    def readline(self) -> bytes:
        return self.wire.readline()

    def send(self, data: bytes) -> None:
        if b" LOGOUT\r\n" in data:  # hanging up asks for nothing
            self.wire.arrived += b"* BYE bye\r\n" + data.split(b" ")[0] + b" OK bye\r\n"
        else:
            self.wire.send(data)

    def shutdown(self) -> None: ...


def failed(status: int, text: str, command: bytes) -> bytes:
    """How a mail server says what HTTP says by a status."""
    said = " ".join(text.split())
    if not command or b"CAPABILITY" in command:
        tag = command.split(b" ")[0].decode()
        return f"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n".encode() if tag else b"* OK ready\r\n"
    codes = {401: "AUTHENTICATIONFAILED", 403: "NOPERM", 404: "NONEXISTENT", 429: "LIMIT"}
    tag = command.split(b" ")[0].decode()
    return f"{tag} NO [{codes.get(status, 'SERVERBUG')}] {said}\r\n".encode()
