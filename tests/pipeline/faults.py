"""Kills a run at a durable step: a commit, or the renaming of a file that is read by others.

A killed run is dead: it commits and renames nothing more, not even to tidy up behind itself.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from insights.store import Database


class Killed(BaseException):
    """The process has ended here; nothing may catch this and go on."""


class Faults:
    """Counts the durable steps below a folder, and dies before step number `at`."""

    def __init__(self, folder: Path, at: int | None) -> None:
        self.folder = str(folder)
        self.at = at
        self.steps = 0
        self.dead = False

    def step(self) -> None:
        """Take a durable step, unless this is where the run dies or it is dead already."""
        self.steps += 1
        self.dead = self.dead or self.steps == self.at
        if self.dead:
            raise Killed(f"killed at durable step {self.at}")


_armed: list[Faults] = []


def _hear(happening: str, arguments: tuple[Any, ...]) -> None:
    if happening == "os.rename" and _armed and str(arguments[1]).startswith(_armed[-1].folder):
        _armed[-1].step()


sys.addaudithook(_hear)  # hooks stay for ever; this one is deaf unless a fault is armed


@contextmanager
def dying(database: Database, folder: Path, *, at: int | None) -> Iterator[Faults]:
    """Let the block die at durable step `at` (None: never), then mourn it."""
    faults = Faults(folder, at)

    def before_commit(_: object) -> None:
        faults.step()

    event.listen(database.engine, "commit", before_commit)
    _armed.append(faults)
    try:
        yield faults
    except Killed:
        pass
    finally:
        _armed.pop()
        event.remove(database.engine, "commit", before_commit)
    if faults.dead:
        _bury(database)


def _bury(database: Database) -> None:
    """Put a process that has really ended in place of this one, which must live on."""
    holder = f"{socket.gethostname()} process {_ended()}"
    with database.write() as tx:
        tx.execute(text("UPDATE lease SET holder = :holder"), {"holder": holder})
    database.close()


@cache
def _ended() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid
