"""One run at a time, never stuck: a lease that the dead lose and the living keep."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from insights.errors import StoreError
from insights.pipeline.lease import Lease
from insights.store import Database, sources

SLEEP = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(60)"]


@pytest.fixture
def neighbour() -> Iterator[subprocess.Popen[bytes]]:
    """Another process of this machine, at work."""
    process = subprocess.Popen(SLEEP, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def hold(database: Database, holder: str, *, until: datetime | None = None) -> Lease:
    """Let `holder` have the lease."""
    lease = Lease(database)
    lease.holder = holder
    lease.__enter__()
    if until is not None:
        with database.write() as tx:
            tx.execute(text("UPDATE lease SET until = :at"), {"at": until.replace(tzinfo=None)})
    return lease


def here(number: int) -> str:
    return f"{socket.gethostname()} process {number}"


def test_a_second_run_is_refused_and_told_who_is_at_work(database: Database) -> None:
    with Lease(database) as first, pytest.raises(StoreError, match=f"process {os.getpid()}"):
        Lease(database).__enter__()
    assert first.token == 1


def test_the_next_run_starts_at_once_after_one_has_ended(database: Database) -> None:
    with Lease(database) as first:
        pass
    with Lease(database) as second:
        assert second.token == first.token + 1


def test_a_run_that_failed_lets_the_next_one_start(database: Database) -> None:
    with pytest.raises(StoreError, match="disk"), Lease(database):
        raise StoreError("the disk is full")
    with Lease(database):
        pass


def test_a_living_neighbour_keeps_its_lease(
    database: Database, neighbour: subprocess.Popen[bytes]
) -> None:
    hold(database, here(neighbour.pid))
    with pytest.raises(StoreError, match=f"process {neighbour.pid}"):
        Lease(database).__enter__()


def test_a_stopped_neighbour_keeps_its_lease_until_it_runs_out(
    database: Database, neighbour: subprocess.Popen[bytes]
) -> None:
    """Whoever was stopped may wake up: it is fenced off only when its time is over."""
    neighbour.send_signal(signal.SIGSTOP)
    hold(database, here(neighbour.pid))
    with pytest.raises(StoreError):
        Lease(database).__enter__()
    with database.write() as tx:
        past = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1)
        tx.execute(text("UPDATE lease SET until = :at"), {"at": past})
    with Lease(database):
        pass


def test_the_lease_of_a_killed_neighbour_is_taken_over(
    database: Database, neighbour: subprocess.Popen[bytes]
) -> None:
    dead = hold(database, here(neighbour.pid))
    neighbour.kill()
    neighbour.wait()
    with Lease(database) as taken:
        assert taken.token == dead.token + 1


def test_of_another_machine_only_time_can_tell(database: Database) -> None:
    hold(database, "elsewhere process 1")
    with pytest.raises(StoreError, match="elsewhere"):
        Lease(database).__enter__()


def test_a_lease_that_ran_out_is_taken_over_from_any_machine(database: Database) -> None:
    hold(database, "elsewhere process 1", until=datetime.now(UTC) - timedelta(seconds=1))
    with Lease(database):
        pass


def test_who_was_taken_over_writes_nothing_more(database: Database) -> None:
    """It may wake up in the middle of its work: its next write is refused, whole."""
    sleeper = hold(database, "elsewhere process 1", until=datetime.now(UTC) - timedelta(seconds=1))
    with Lease(database):
        with pytest.raises(StoreError, match="taken over"), sleeper.write() as tx:
            sources.open_source(tx, "forum", "file")
        sleeper.__exit__()
        with pytest.raises(StoreError, match="another run"):
            Lease(database).__enter__()
    with database.read() as tx:
        assert sources.every(tx) == []


def test_writing_prolongs_the_lease(database: Database) -> None:
    lease = hold(database, here(os.getpid()), until=datetime.now(UTC) + timedelta(seconds=1))
    with lease.write():
        pass
    with database.read() as tx:
        until = tx.execute(text("SELECT until FROM lease")).scalar_one()
    assert datetime.fromisoformat(str(until)).replace(tzinfo=UTC) > datetime.now(UTC) + timedelta(
        minutes=4
    )
