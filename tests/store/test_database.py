"""What the database promises before anything is in it: a current schema, one-line refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from insights.errors import InsightsError, SettingsError, StoreError
from insights.models import Post
from insights.store import Database, posts
from insights.store.tables import metadata
from tests.store.shelf import NOW, kept, rows, written

SECRET = "s3cr3t-Passw0rd"


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(database: Database) -> None:
    with database.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_is_harmless(database: Database) -> None:
    kept(database, written("1", "it rains"))
    database.migrate()
    assert len(rows(database, "post")) == len(rows(database, "passage")) == 1


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer version of insights.*9999.*upgrade"):
        database.migrate()
    assert rows(database, "alembic_version") == [{"version_num": "9999"}]


def test_a_transaction_that_breaks_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyboardInterrupt), database.write() as tx:
        posts.save(tx, "forum", [written("1", "it rains")], NOW)
        raise KeyboardInterrupt
    assert rows(database, "post") == []


def test_a_reader_sees_one_state_while_somebody_writes(database: Database) -> None:
    kept(database, written("1", "it rains"))
    with database.read() as reader:
        assert posts.count(reader) == 1
        kept(database, written("2", "it snows"))
        assert posts.count(reader) == 1


def test_what_cannot_be_stored_is_refused_without_repeating_what_people_wrote(
    database: Database,
) -> None:
    naive = Post(
        source="forum", native_id="1", text=SECRET, created_at=datetime(2026, 5, 4)  # noqa: DTZ001
    )  # fmt: skip
    with pytest.raises(StoreError, match="without a zone") as refusal, database.write() as tx:
        posts.save(tx, "forum", [naive], NOW)
    assert SECRET not in str(refusal.value)


def test_a_database_error_does_not_repeat_what_people_wrote(database: Database) -> None:
    with pytest.raises(StoreError) as refusal, database.write() as tx:
        tx.execute(
            text("INSERT INTO tombstone (source, reason) VALUES (:source, :reason)"),
            {"source": "forum", "reason": SECRET},
        )
    assert SECRET not in str(refusal.value)


UNUSABLE = [
    pytest.param("sqlite:///{folder}/letter.db", id="file-that-is-no-database"),
    pytest.param("sqlite:///{folder}", id="folder"),
    pytest.param("sqlite:///{folder}/letter.db/insights.db", id="file-for-a-folder"),
    pytest.param(f"postgresql://me:{SECRET}@127.0.0.1:1/insights", id="nobody-listens"),
    pytest.param(f"postgresql://me:{SECRET}@nowhere.invalid/insights", id="no-such-host"),
    pytest.param(f"postgresql://me:{SECRET}@localhost:port/insights", id="port-without-number"),
    pytest.param(f"postgresql://127.0.0.1:1/x?user=me&password={SECRET}", id="password-in-query"),
    pytest.param(f"oracle://me:{SECRET}@localhost/insights", id="other-kind"),
    pytest.param("insights.db", id="no-address"),
    pytest.param("", id="empty"),
]


@pytest.mark.parametrize("url", UNUSABLE)
def test_an_unusable_database_is_refused_in_one_line_without_its_password(
    url: str, tmp_path: Path
) -> None:
    (tmp_path / "letter.db").write_text("Dear database, this is a letter. " * 200)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SettingsError) as refusal:
        Database(url.format(folder=tmp_path)).migrate()
    said = str(refusal.value)
    assert "\n" not in said
    assert SECRET not in said
    assert "database" in said
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.postgres
def test_a_missing_database_on_a_server_is_refused_in_one_line(postgres: str) -> None:
    from sqlalchemy import make_url

    url = make_url(postgres).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(InsightsError, match="nowhere") as refusal:
        Database(url).migrate()
    assert refusal.value.exit_code == 3
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("busy_timeout", 30_000),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("synchronous", 2),
        ("journal_size_limit", 64 * 2**20),
    ],
)
def test_every_connection_to_sqlite_is_prepared(
    sqlite: Database, pragma: str, value: object
) -> None:
    with sqlite.read() as one, sqlite.read() as other:
        for connection in (one, other):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


def test_without_secure_delete_erased_words_would_stay(sqlite: Database, tmp_path: Path) -> None:
    """What the erasure tests look for can be found: they would fail without the pragma."""

    def careless(connection: object, _: object) -> None:
        connection.execute("PRAGMA secure_delete=OFF")

    sqlite.close()
    event.listen(sqlite.engine, "connect", careless)
    kept(sqlite, *(written(str(n), f"the hollow oak hums {n}") for n in range(30)))
    with sqlite.write() as tx:
        tx.execute(text("DELETE FROM post WHERE native_id = '7'"))
    sqlite.checkpoint()
    assert b"the hollow oak hums 7" in (tmp_path / "insights.db").read_bytes()


def test_times_are_read_as_utc_whatever_zone_the_server_is_in(database: Database) -> None:
    kept(database, written("1", "it rains"))
    with database.read() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(text("SET LOCAL TIME ZONE 'Asia/Kathmandu'"))
        found = posts.by_id(tx, ["forum:1"])["forum:1"].created_at
    assert (found, found.tzinfo) == (NOW, UTC)
