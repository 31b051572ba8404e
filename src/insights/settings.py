"""insights.toml and INSIGHTS_* become typed settings."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as SourceSettingsError

from insights.digest.options import AudienceOptions, DigestOptions
from insights.digest.reply import ReplyOptions
from insights.embedding import DEFAULT_MODEL
from insights.errors import SettingsError, unknown
from insights.llm import LlmOptions
from insights.pulse.options import PulseOptions
from insights.ranking import RankOptions
from insights.signals.options import IntentOptions, SignalOptions
from insights.text.mentions import MentionOptions
from insights.topics.options import TopicOptions

FILE = "insights.toml"


class EmbeddingOptions(BaseModel):
    """Which model turns texts into vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(DEFAULT_MODEL, description="a sentence-transformers model, or its folder")


class Settings(BaseSettings):
    """Everything that can be set. Precedence: environment (INSIGHTS_…), then the file."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="INSIGHTS_", env_nested_delimiter="__"
    )

    database_url: str = Field("sqlite:///insights.db", description="SQLite file or PostgreSQL URL")
    community: str = Field("Our community", description="the name that digests carry")
    key_file: Path = Field(Path("insights.key"), description="the key of pseudonyms; keep it safe")
    keep_raw: bool = Field(False, description="store texts with their personal data")
    names_model: str | None = Field(
        None, description="a trained spaCy pipeline; people that it names are hidden"
    )
    language: str = Field("en", description="language of keywords: stop words and tokens")
    embedding: EmbeddingOptions = EmbeddingOptions()
    topics: TopicOptions = TopicOptions()
    intent: IntentOptions = IntentOptions()
    signals: SignalOptions = SignalOptions()
    ranking: RankOptions = RankOptions()
    digest: DigestOptions = DigestOptions()
    pulse: PulseOptions = PulseOptions()
    mentions: MentionOptions = MentionOptions()
    llm: LlmOptions = LlmOptions()
    replies: ReplyOptions = ReplyOptions()
    sources: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="by name: `connector` and its options"
    )
    trackers: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="by the name of a source: what may be written there"
    )
    publishers: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="by name: `publisher` and its options"
    )
    audiences: dict[str, AudienceOptions] = Field(
        default_factory=dict, description="by name: who gets a digest of their own"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, which comes in as arguments."""
        return env_settings, init_settings


def load(config: str | None = None) -> tuple[Settings, Path]:
    """Read the settings; return them with the folder that relative paths in them start from.

    `config` names the file; else INSIGHTS_CONFIG does; else insights.toml in this folder is read
    if it is there. SettingsError says which line or name is wrong.
    """
    path = find(config)
    if not path.is_file():
        return _validated({}, path), Path.cwd()
    return parse(read(path), path), path.resolve().parent


def find(config: str | None = None) -> Path:
    """Return the path of the settings; SettingsError if a file was named that is not there."""
    named = config or os.environ.get("INSIGHTS_CONFIG")
    path = Path(named or FILE)
    if named and not path.is_file():
        raise SettingsError(f"there is no settings file {path}; check --config")
    return path


def read(path: Path) -> str:
    """Return the text of a settings file; SettingsError says why it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None


def parse(text: str, path: Path) -> Settings:
    """Return what the text of a settings file says; SettingsError says which line is wrong."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} cannot be read: {error}") from None
    return _validated(values, path)


def with_source(text: str, name: str, options: Mapping[str, Any]) -> str:
    """Return the text of a settings file with one more table `[sources.NAME]`, at its end.

    Nothing that stands there is touched: comments, order and line ends stay.
    """
    import tomlkit

    table = tomlkit.table()
    for option, value in options.items():
        table.add(option, value)
    added = tomlkit.document()
    added.add("sources", tomlkit.table(is_super_table=True).add(name, table))
    end = "\r\n" if "\r\n" in text else "\n"
    before = f"{text.rstrip()}{end}{end}" if text.strip() else text
    return before + tomlkit.dumps(added).replace("\n", end)


def _validated(values: dict[str, Any], path: Path) -> Settings:
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(f"{path}: {explain(error, Settings)}") from None
    except SourceSettingsError as error:
        raise SettingsError(f"an INSIGHTS_ variable cannot be read: {error}") from None


def explain(error: ValidationError, model: type[BaseModel], *more: type[BaseModel]) -> str:
    """Say the first thing that is wrong with some options, with what was meant where it shows.

    `more` are models whose options may stand in the same place.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "extra_forbidden":
        known = [name for each in (model, *more) for name in _known(each, first["loc"])]
        return unknown("option", ".".join(map(str, first["loc"])), known)
    return fault(first)


def fault(one: ErrorDetails) -> str:
    """Say what is wrong with one option."""
    place = ".".join(map(str, one["loc"]))
    if one["type"] == "missing":
        return f"the option '{place}' is missing"
    if str(one.get("ctx", {}).get("pattern", "")).startswith("^https?://"):
        return f"{place}: this is no address of a page; it begins with https:// or http://"
    return f"{place}: {one['msg']}"


def _known(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    prefix = [str(part) for part in place[:-1]]
    at: Any = model
    for part in prefix:
        if get_origin(at) is dict:  # tables with names of the user's choice
            at = get_args(at)[1]
            continue
        field = getattr(at, "model_fields", {}).get(part)
        at = field.annotation if field else None
    fields = getattr(at, "model_fields", {})
    return [".".join([*prefix, field.alias or name]) for name, field in fields.items()]
