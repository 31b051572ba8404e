"""One run at a time: a lease in the database, and writes that only its holder can make."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from insights.store import Database, runs


class Lease:
    """Holds the archive for one run. Use as a context manager.

    Every write prolongs the lease; a holder that was taken over writes nothing more.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.holder = f"{socket.gethostname()} process {os.getpid()}"

    def __enter__(self) -> Lease:
        with self.database.write() as tx:
            self.token = runs.take_lease(tx, self.holder, alive=_alive)
        return self

    def __exit__(self, *_: object) -> None:
        with self.database.write() as tx:
            runs.release_lease(tx, self.token)

    @contextmanager
    def write(self) -> Iterator[Any]:
        """Open a writing transaction that is refused if the lease was lost."""
        with self.database.write() as tx:
            runs.hold_lease(tx, self.token)
            yield tx


def _alive(holder: str) -> bool | None:
    """Say whether a holder is at work; None for one on another machine, or one that is stopped."""
    if holder == runs.NOBODY:
        return False
    host, _, number = holder.rpartition(" process ")
    if host != socket.gethostname() or not number.isdigit():
        return None
    if int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return None if _stopped(number) else True


def _stopped(process: str) -> bool:
    """Say whether a process was stopped by a signal, where the system tells."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in ("T", "t")
