"""Renders a map and its history into one file of HTML that asks nobody for anything."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

SCRIPTS = ("atlas.js", "map.js", "history.js")


def render(data: Mapping[str, Any]) -> bytes:
    """Return the page of what `insights.pipeline.atlas.page_data` gathered.

    Foreign words stand in it as JSON in which no character can end the script, and reach the
    page as text nodes only. The policy allows this script and this style, by their hashes, and no
    request.
    """
    script = "".join(_part(name) for name in SCRIPTS)
    style = _part("atlas.css")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    page = environment.from_string(_part("atlas.html")).render(
        community=data["community"],
        policy=policy,
        style=Markup(style),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        data=Markup(_json(data)),  # noqa: S704 - escaped below
    )
    return page.encode()


def _json(data: Mapping[str, Any]) -> str:
    """Write JSON in ASCII that can stand inside a script element, whatever it holds."""
    written = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for letter in "<>&":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return written


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _part(name: str) -> str:
    return (files("insights.atlas") / "templates" / name).read_text(encoding="utf-8")
