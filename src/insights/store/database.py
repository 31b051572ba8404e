"""One door to the database: transactions that write one at a time, and a schema that is current."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, StatementError
from sqlalchemy.pool import StaticPool

from insights.errors import SettingsError, StoreError

BUSY_SECONDS = 30
WAL_LIMIT_BYTES = 64 * 2**20
WRITER_LOCK = 0x1A51647  # any number that is ours: PostgreSQL's advisory lock of the one writer


class Database:
    """Opens, migrates and hands out transactions on SQLite or PostgreSQL.

    Writers wait for each other instead of failing: SQLite begins them with BEGIN IMMEDIATE,
    PostgreSQL with one advisory lock, so both keep the same promise.
    """

    def __init__(self, url: str) -> None:
        self._synchronous = "FULL"
        try:
            self.url = make_url(url)
            if self.url.drivername in ("postgresql", "postgres"):
                self.url = self.url.set(drivername="postgresql+psycopg")
            self.engine = self._engine()
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
            raise SettingsError(
                f"database_url cannot be read ({error}); write sqlite:///path/insights.db "
                "or postgresql://user@host/name"
            ) from None

    @property
    def shown(self) -> str:
        """The address without its password, which may also stand behind the question mark."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    def _engine(self) -> Engine:
        if self.url.get_backend_name() != "sqlite":
            return create_engine(self.url, pool_pre_ping=True, hide_parameters=True)
        options: dict[str, Any] = {
            "connect_args": {"timeout": BUSY_SECONDS},
            "hide_parameters": True,  # people's words have no place in an error
        }
        if self.url.database in (None, "", ":memory:"):
            options |= {"poolclass": StaticPool}
            options["connect_args"]["check_same_thread"] = False
        elif self.url.database is not None:
            self._make_folder(Path(self.url.database))
        engine = create_engine(self.url, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine

    def _make_folder(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"the folder of the database cannot be made: {path.parent} ({error.strerror})"
            ) from None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that reads one state of the database; keep it short."""
        with self._explained(), self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def write(self, *, cascading: bool = True) -> Iterator[Connection]:
        """Open a transaction that is committed whole when the block ends, or not at all.

        Without `cascading`, what hangs on a row that goes stays, where SQLite can be told so.
        """
        with self._explained(), self.engine.connect() as connection:
            sqlite = self.engine.dialect.name == "sqlite"
            if sqlite:
                connection.exec_driver_sql(f"PRAGMA synchronous={self._synchronous}")
                connection.exec_driver_sql(f"PRAGMA foreign_keys={'ON' if cascading else 'OFF'}")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                if sqlite and not cascading:
                    connection.exec_driver_sql("PRAGMA foreign_keys=ON")

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let SQLite's commits reach the disk when it suits the system, for work of many commits.

        A power cut may lose the last of them, each as a whole; a killed process loses none.
        """
        self._synchronous = "NORMAL"
        try:
            yield
        finally:
            self._synchronous = "FULL"
            self.checkpoint()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if error.connection_invalidated or _is_connection_trouble(error):
                raise SettingsError(
                    f"the database cannot be reached: {self.shown} ({_first_line(error)}); "
                    "check database_url, or start the database"
                ) from None
            raise StoreError(f"the database refused: {_first_line(error)}") from error
        except StatementError as error:  # its own words hold the values, so people's words
            raise StoreError(f"this cannot be stored: {_first_line(error)}") from None

    def migrate(self) -> None:
        """Bring the schema to this version's; refuse a database made by a newer version."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        known = ScriptDirectory.from_config(config)
        with self._explained(), self.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            if current == known.get_current_head():
                return
            if current is not None and current not in {s.revision for s in known.walk_revisions()}:
                raise StoreError(
                    f"{self.shown} was made by a newer version of insights (schema {current}); "
                    "upgrade insights, or name another database"
                )
        # SQLite changes a table by making it anew: what hangs on the old one must not go with it.
        with self.write(cascading=False) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def checkpoint(self) -> bool:
        """Fold SQLite's write-ahead log into the file; False when a reader is in the way."""
        if self.engine.dialect.name != "sqlite":
            return True
        with self._explained(), self.engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            return not busy

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # Python's driver would begin by itself, deferred; a deferred reader that then writes fails at
    # once under concurrency, whatever the busy timeout says. Transactions begin where we say.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "secure_delete=ON",  # upstream's default keeps deleted words in the file
        "synchronous=FULL",
        f"journal_size_limit={WAL_LIMIT_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _is_connection_trouble(error: DBAPIError) -> bool:
    words = str(error.orig).lower()
    signs = ("unable to open", "not a database", "connection", "resolve host", "readonly")
    return any(sign in words for sign in signs)


def _first_line(error: StatementError) -> str:
    return (
        str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error).__name__
    )
