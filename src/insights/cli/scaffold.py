"""The command that begins a connector: its module, a server to try it on, and its test."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

from cyclopts import App, Parameter

from insights.cli import terminal
from insights.errors import UsageError

connector = App("connector", help="Begin a connector of your own.")

OURS = {
    "connector": "connectors/{name}.py",
    "server": "tests/connectors/{name}_server.py",
    "test": "tests/connectors/test_{name}.py",
}
"""What is written into this project."""

OWN = {
    "connector": "insights_{name}/__init__.py",
    "server": "tests/{name}_server.py",
    "test": "tests/test_{name}.py",
    "pyproject": "pyproject.toml",
}
"""What is written anywhere else: a package of its own, as `connectors` is taken by this one."""

ENTRY = '[project.entry-points."insights.connectors"]: {name} = "{module}:{cls}"'


@connector.command
def new(
    name: Annotated[str, Parameter(help="of the platform, e.g. guestbook")],
    /,
    *,
    folder: Annotated[str, Parameter(help="the project to write into")] = ".",
) -> None:
    """Write a connector, a scripted server and the test of its promises, as files to change.

    In this project they join its connectors; in any other folder they become a package of their
    own. Written as it stands, the connector reads what the scripted server answers; only `parse` is
    left to you. Then change both until they speak as your platform does.

    Example: insights connector new guestbook
    """
    from insights import plugins

    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", name) or keyword.iskeyword(name):
        raise UsageError(f"'{name}' cannot name a module; use small letters, digits and _")
    if name in plugins.names("connectors"):
        raise UsageError(f"a connector is called '{name}' already; choose another name")
    ours = (Path(folder) / "connectors" / "__init__.py").exists()
    cls = "".join(part.capitalize() for part in name.split("_"))
    module = f"connectors.{name}" if ours else f"insights_{name}"
    server = f"tests.connectors.{name}_server" if ours else f"{name}_server"
    imports = [
        "from insights.http import Http",
        "from insights.testing import PROMISES, check_connector",
        f"from {module} import {cls}, {cls}Options",
        f"from {server} import {cls}Server",
    ]
    words = {"name": name, "cls": cls, "title": name.replace("_", " ").capitalize()}
    words |= {"module": module, "imports": "\n".join(sorted(imports))}
    parts = OURS if ours else OWN
    places = {part: Path(folder) / place.format(name=name) for part, place in parts.items()}
    known = "pyproject" in places and not places["pyproject"].exists()
    if not known:
        places.pop("pyproject", None)
    for place in places.values():
        if place.exists():
            raise UsageError(f"{place} is there already; nothing was written")
    for part, place in places.items():
        text = (files("insights.cli") / "templates" / f"{part}.txt").read_text(encoding="utf-8")
        _write(place, Template(text).substitute(words))
        terminal.tell(str(place))
    terminal.say(f"write parse in {places['connector']}")
    terminal.say(f"then run: python -m pytest {places['test']}")
    if not known:
        terminal.say(f"to have it known, add to pyproject.toml under {ENTRY.format(**words)}")
    terminal.say("then install it: pip install -e .")


def _write(place: Path, text: str) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{place.parent} cannot be made ({error.strerror})") from None
    terminal.write_whole(place, text.encode())
