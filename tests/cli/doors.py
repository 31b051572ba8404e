"""A scripted server behind a door of this machine, and a terminal to type into."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

Handler = Callable[[httpx.Request], httpx.Response]


@contextmanager
def served(server: Handler) -> Iterator[str]:
    """Serve what a scripted server answers to GET; yield its address."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = httpx.Request(
                "GET", f"http://127.0.0.1{self.path}", headers=list(self.headers.items())
            )
            answer = server(request)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Say nothing of what is asked."""

    door = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.server_port}"
    finally:
        door.shutdown()
        door.server_close()


def typed(folder: Path, arguments: list[str], answers: str, **environment: str) -> tuple[int, str]:
    """Run a command at a terminal, type the answers; return its exit code and what it showed."""
    ours, theirs = pty.openpty()
    code = "from insights.cli import main; main()"
    command = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=folder, stdin=theirs, stdout=theirs,
        stderr=theirs, env={**os.environ, **environment},
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, answers.encode())
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # the terminal is closed when the command ends
        pass
    os.close(ours)
    return command.wait(timeout=60), shown.decode()
