"""Holds requests against vendors' descriptions that are no OpenAPI 3 in one file."""

from __future__ import annotations

import json
import re
import warnings
from functools import cache
from typing import Any

import httpx
import yaml

from tests.connectors.contract import SPECS

FILES = {
    "matrix": ("data/api/client-server/*.yaml", "/_matrix/client/v3"),
    "mattermost": ("v4/source/*.yaml", ""),
    "slack": ("openapi.json", "/api"),
}
NUMBERS = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}


def check(vendor: str, request: httpx.Request) -> None:
    """Raise unless the vendor knows the path, the method and each parameter of a request.

    A misspelt parameter is ignored by servers, so names are looked at as well as kinds.
    """
    paths = _paths(vendor)
    if not paths:
        return
    path = request.url.raw_path.decode().partition("?")[0].removeprefix(FILES[vendor][1])
    fitting = [each for pattern, each in paths if pattern.fullmatch(path)]
    methods = next((each for each in fitting if request.method.lower() in each), None)
    assert methods is not None, f"{vendor} does not know {request.method} {path}"
    described = {
        each["name"]: each for each in methods[request.method.lower()].get("parameters", [])
        if each.get("in") == "query"
    }  # fmt: skip
    asked = dict(request.url.params)
    unknown = asked.keys() - described.keys()
    assert not unknown, f"{vendor} {path} has no parameter {unknown}"
    for name, each in described.items():
        # Slack wants its token in a header now, where the description of 2021 has a parameter.
        assert name in asked or not each.get("required") or name == "token", f"{path}: no {name}"
    for name, value in asked.items():
        schema = described[name].get("schema", described[name])
        pattern = NUMBERS.get(str(schema.get("type")), ".*")
        assert re.fullmatch(pattern, value, re.S), f"{path}: {name}={value}"
        assert value in schema.get("enum", [value]), f"{path}: {name}={value}"


@cache
def _paths(vendor: str) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    files = sorted((SPECS / vendor).glob(FILES[vendor][0]))
    if not files:
        warnings.warn(
            f"{SPECS.name}/{vendor} is not here: requests are not validated", stacklevel=3
        )
    found: dict[str, dict[str, Any]] = {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            found |= json.loads(text)["paths"]
            continue
        loaded = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
        described = loaded.get("paths", loaded) or {}
        found |= {path: each for path, each in described.items() if path.startswith("/")}
    return [
        (re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]*", re.escape(path))), each)
        for path, each in found.items()
    ]
