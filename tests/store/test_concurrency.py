"""Writers wait for each other: nothing is lost, and nobody is told that the database is locked."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from insights.store import Database
from tests.store.shelf import rows

WRITERS, TIMES = 4, 100

COUNT_UP = """
import sys
from sqlalchemy import text
from insights.store import Database
database = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.write() as tx:
        token = tx.execute(text("SELECT token FROM lease")).scalar_one()
        tx.execute(text("UPDATE lease SET token = :token"), {"token": token + 1})
"""


def start_counting(database: Database) -> None:
    with database.write() as tx:
        tx.execute(
            text("INSERT INTO lease (name, holder, token, until) VALUES ('n', 'h', 0, :until)"),
            {"until": "2026-01-01 00:00:00"},
        )


def count_up(database: Database) -> None:
    for _ in range(TIMES):
        with database.write() as tx:
            token = tx.execute(text("SELECT token FROM lease")).scalar_one()
            tx.execute(text("UPDATE lease SET token = :token"), {"token": token + 1})


def test_threads_that_read_and_then_write_lose_nothing(database: Database) -> None:
    start_counting(database)
    with ThreadPoolExecutor(WRITERS) as threads:
        for writer in [threads.submit(count_up, database) for _ in range(WRITERS)]:
            writer.result()
    assert rows(database, "lease")[0]["token"] == WRITERS * TIMES


def test_processes_that_read_and_then_write_lose_nothing(sqlite: Database) -> None:
    start_counting(sqlite)
    command = [sys.executable, "-c", COUNT_UP, str(sqlite.url), str(TIMES)]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(WRITERS)]
    errors = [writer.communicate(timeout=60)[1] for writer in writers]
    assert errors == [b""] * WRITERS
    assert rows(sqlite, "lease")[0]["token"] == WRITERS * TIMES


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    start_counting(database)
    with database.write() as tx:
        tx.execute(text("UPDATE lease SET token = 7"))
        assert rows(database, "lease")[0]["token"] == 0
    assert rows(database, "lease")[0]["token"] == 7


def test_two_that_open_an_empty_database_at_once_both_get_its_schema(database_url: str) -> None:
    def migrate(_: int) -> None:
        opened = Database(database_url)
        opened.migrate()
        opened.close()

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(migrate, range(WRITERS)))
