"""The command that draws the map, and what `export` needs to write it as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from insights.cli import terminal

COLUMNS = {
    "map": ("post_id", "passage", "topic_id", "x", "y"),
    "timeline": ("topic_id", "week", "posts", "people"),
    "lineage": ("at", "run_id", "event", "before", "after", "share"),
}


def draw_map(*, output: Annotated[str, Parameter(help="the file to write")] = "map.html") -> None:
    """Draw a map of all posts by meaning, with topics over time and their lineage, as one page.

    The page is a single file and works offline. The places of posts are kept: a later map shows
    them where they were. Below the privacy floor (digest.min_people) no text is shown.

    Example: insights map --output map.html
    """
    from insights.pipeline import atlas

    space = terminal.workspace()
    document = atlas.page(space.engine(terminal.Progress()), space.settings.community)
    terminal.write_whole(Path(output), document)
    terminal.say(f"the map is in {output}: open it in a browser")


def rows(what: str) -> tuple[Iterable[Mapping[str, Any]], tuple[str, ...]]:
    """Return what an export of the map, the weekly sizes or the lineage holds."""
    from insights.pipeline import atlas

    made: dict[str, Callable[[Any], list[dict[str, Any]]]] = {
        "map": atlas.map_rows,
        "timeline": atlas.timeline_rows,
        "lineage": atlas.lineage_rows,
    }
    return made[what](terminal.workspace().engine(terminal.Progress())), COLUMNS[what]


def save_bertopic(folder: str | None) -> None:
    """Write the topics as a BERTopic model into a folder."""
    from insights.errors import UsageError
    from insights.pipeline import atlas

    if folder is None:
        raise UsageError("name a folder, e.g. insights export bertopic model")
    space = terminal.workspace()
    count = atlas.save_bertopic(space.engine(terminal.Progress()), Path(folder))
    model = space.settings.embedding.model
    terminal.say(f"{count:,} topics are in {folder}; open them with:")
    terminal.say(f'  BERTopic.load("{folder}", embedding_model="{model}")')
