"""What settings stand for: database, key, sources, channels, each opened when it is needed."""

from __future__ import annotations

import os
import re
import secrets
import threading
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from insights import plugins
from insights.errors import SettingsError, UsageError, unknown
from insights.settings import Settings, explain, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights.digest.options import AudienceOptions
    from insights.pipeline.engine import Channel, Engine, Progress, Source
    from insights.protocols import Connector, Opens, Replies
    from insights.store import Database

M = TypeVar("M", bound=BaseModel)
AUDIENCE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?")


class Workspace:
    """A folder with its settings. Relative paths start from the folder of insights.toml."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder

    @classmethod
    def open(cls, config: str | None = None) -> Workspace:
        """Read the settings that `config`, the environment or this folder name."""
        return cls(*load(config))

    @cached_property
    def database(self) -> Database:
        """The database, with its schema brought up to date."""
        from insights.store import Database

        database = Database(self._from_here(self.settings.database_url))
        database.migrate()
        return database

    def has_database(self) -> bool:
        """Say whether there is a database to look into, without making one."""
        path = self._from_here(self.settings.database_url).removeprefix("sqlite:///")
        return not self.settings.database_url.startswith("sqlite:///") or Path(path).exists()

    @cached_property
    def key(self) -> bytes:
        """The key of pseudonyms; made on first use, readable by its owner only."""
        path = self.folder / self.settings.key_file
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _make_key(path)
            key = bytes.fromhex(path.read_text().strip())
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"the key of pseudonyms cannot be read or made in {path} ({error}); name another "
                "key_file, or restore it: without it the same person gets another pseudonym"
            ) from None
        if len(key) < 16:
            raise SettingsError(f"the key in {path} is too short; restore the one that was made")
        return key

    def engine(self, progress: Progress | None = None) -> Engine:
        """Put together what the steps work with."""
        from insights.embedding import shared_encoder
        from insights.pipeline.engine import Engine, Options, silent

        settings = self.settings
        # What is wrong in them is told before a database or a key is made.
        sources, channels, trackers = self.sources(), self.channels(), self.trackers()
        seeds = settings.intent.seeds
        return Engine(
            database=self.database,
            encoder=shared_encoder(settings.embedding.model),
            key=self.key,
            options=Options(
                topics=settings.topics,
                signals=settings.signals,
                ranking=settings.ranking,
                digest=settings.digest,
                mentions=settings.mentions,
                llm=settings.llm,
                pulse=settings.pulse,
                replies=settings.replies,
                keep_raw=settings.keep_raw,
                names_model=settings.names_model,
                language=settings.language,
                intent_seeds=seeds and self.folder / seeds,
            ),
            sources=sources,
            channels=channels,
            audiences=self.audiences(channels),
            trackers=trackers,
            progress=progress or silent,
        )

    def sources(self) -> list[Source]:
        """Return the configured sources; SettingsError names what is wrong with one."""
        return [self._source(name, dict(raw)) for name, raw in self.settings.sources.items()]

    def file_source(self, name: str, paths: list[str]) -> Source:
        """Return files as a source, for an import."""
        configured = self.settings.sources.get(name, {}).get("connector", "file")
        if configured != "file":
            raise UsageError(
                f"'{name}' is configured as a {configured} source and keeps its place there; give "
                "the import another name with --source"
            )
        return self._source(name, {"connector": "file", "paths": paths}, here=Path.cwd())

    def channels(self) -> list[Channel]:
        """Return the configured publishers; a digest goes to `digests/` if there is none."""
        from insights.pipeline.engine import Channel

        configured = self.settings.publishers or {"files": {"publisher": "file"}}
        return [Channel(name, self._publisher(name, dict(raw))) for name, raw in configured.items()]

    def audiences(self, channels: Sequence[Channel]) -> dict[str, AudienceOptions]:
        """Return who gets a digest of their own; SettingsError names what cannot be kept."""
        known, digest = [channel.name for channel in channels], self.settings.digest
        for name, options in self.settings.audiences.items():
            place = f"audiences.{name}"
            if not AUDIENCE.fullmatch(name):
                raise SettingsError(
                    f"{place}: a name is 1 to 20 small letters, digits and dashes, since it ends "
                    "the ids of its digests"
                )
            for channel in options.channels:
                if channel not in known:
                    raise SettingsError(f"{place}: {unknown('publisher', channel, known)}")
            if options.min_people < digest.min_people:
                raise SettingsError(
                    f"{place}.min_people is below digest.min_people ({digest.min_people}), which "
                    "holds everywhere"
                )
            if options.longest_pause > max(1, digest.period_days):
                raise SettingsError(
                    f"{place}.every leaves {options.longest_pause} days between digests that look "
                    f"back on {digest.period_days:g}; raise digest.period_days"
                )
        return dict(self.settings.audiences)

    def trackers(self) -> dict[str, Opens | Replies]:
        """Return what writes to sources; SettingsError names what is wrong with one."""
        return {
            name: self._tracker(name, dict(raw)) for name, raw in self.settings.trackers.items()
        }

    def _tracker(self, name: str, raw: dict[str, Any]) -> Any:
        from insights.http import Http

        source = self.settings.sources.get(name)
        if source is None:
            raise SettingsError(
                f"trackers.{name}: {unknown('source', name, self.settings.sources)}; a tracker "
                "bears the name of the source that reads it"
            )
        made = plugins.tracker(str(source.get("connector")))
        shared = {key: source[key] for key in made.Options.model_fields.keys() & source.keys()}
        return made(name, _options(f"trackers.{name}", made.Options, shared | raw), http=Http())

    def _source(self, name: str, raw: dict[str, Any], here: Path | None = None) -> Source:
        from insights.http import Http
        from insights.models import Terms
        from insights.pipeline.engine import Source, SourceOptions

        if not name or ":" in name or any(ord(letter) < 33 for letter in name):
            raise SettingsError(f"sources.{name}: names hold no colon, space or control character")
        kind = raw.pop("connector", None)
        if not isinstance(kind, str):
            raise SettingsError(
                f"sources.{name}: say which connector, e.g. connector = 'discourse'"
            )
        made = plugins.connector(kind)
        if kind == "file":
            raw = _absolute(raw, here or self.folder)
        ours = {key: raw.pop(key) for key in SourceOptions.model_fields.keys() & raw.keys()}
        options = _options(f"sources.{name}", made.Options, raw, SourceOptions)
        kept = _options(f"sources.{name}", SourceOptions, ours)
        http = Http()

        def make() -> Connector:
            return made(name, options, http=http)

        def make_since(at: datetime) -> Connector:
            later = _options(f"sources.{name}", made.Options, {**raw, "since": at})
            return made(name, later, http=http)

        known = "since" in made.Options.model_fields
        terms = getattr(made, "terms", Terms())
        return Source(name, kind, make, http, kept, terms, make_since if known else None)

    def _publisher(self, name: str, raw: dict[str, Any]) -> Any:
        kind = raw.pop("publisher", None)
        if not isinstance(kind, str):
            raise SettingsError(f"publishers.{name}: say which publisher, e.g. publisher = 'file'")
        made = plugins.publisher(kind)
        if kind == "file":
            raw["folder"] = str(self.folder / raw.get("folder", "digests"))
        return made(name, _options(f"publishers.{name}", made.Options, raw))

    def _from_here(self, url: str) -> str:
        prefix = "sqlite:///"
        path = url.removeprefix(prefix)
        if not url.startswith(prefix) or path in ("", ":memory:") or Path(path).is_absolute():
            return url
        return prefix + str(self.folder / path)


def _make_key(path: Path) -> None:
    """Write a key whole, for its owner only; where two start at once, the first one's holds."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    made = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(made, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _absolute(raw: dict[str, Any], here: Path) -> dict[str, Any]:
    name = "path" if "path" in raw else "paths"
    if name not in raw:
        return raw
    paths = raw[name]
    listed = [paths] if isinstance(paths, str) else list(paths)
    return {**raw, name: [str(here / path) for path in listed]}


def _options(place: str, model: type[M], raw: dict[str, Any], *more: type[BaseModel]) -> M:
    try:
        return model(**raw)
    except ValidationError as error:
        raise SettingsError(f"{place}: {explain(error, model, *more)}") from None
