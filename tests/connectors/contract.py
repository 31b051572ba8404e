"""Holds what the connectors ask against what the vendors publish, where that lies at hand."""

from __future__ import annotations

import json
import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import httpx

SPECS = Path(__file__).parents[2].parent / "shared" / "specs"

# The published descriptions are trimmed or behind: these are asked for all the same.
UNDESCRIBED_PATHS = {
    "github": ("/issues/comments/", "/releases"),
    "discourse": ("/posts/by_number/",),
    "mastodon": ("/accounts/lookup",),
}
UNDESCRIBED_QUERIES = {
    "discourse": {
        ("/latest.json", "page"),
        ("/t/{id}.json", "page"),
        ("/t/{id}/posts.json", "post_ids[]"),
    },
    "github": set(),
    "mastodon": {("/api/v1/statuses", "id[]")},
}


_passed: set[tuple[str, str]] = set()


def check(vendor: str, request: httpx.Request, *, prefix: str = "") -> None:
    """Raise unless the vendor's own description knows such a request.

    Requests that differ only in digits are alike, and looked at once.
    """
    path = request.url.path.removeprefix(prefix)
    if path.endswith("/graphql"):
        check_query(request)
    elif is_there(vendor) and not any(part in path for part in UNDESCRIBED_PATHS[vendor]):
        alike = (vendor, re.sub(r"\d+", "0", f"{request.method} {request.url}"))
        if alike not in _passed:
            _check_rest(vendor, request, path)
            _passed.add(alike)


def _check_rest(vendor: str, request: httpx.Request, path: str) -> None:
    # Descriptions demand a key; without one, public pages answer all the same.
    headers = httpx.Headers({"api-key": "-", "api-username": "-"} | dict(request.headers))
    from openapi_core.datatypes import RequestParameters

    asked = _Asked(
        RequestParameters(query=_multi(request), header=headers, cookie={}),
        "https://" + _host(vendor),
        path,
        request.method.lower(),
    )
    found = _openapi(vendor).unmarshal_request(asked)
    if found.errors:
        raise AssertionError(f"{vendor} does not know {request.method} {path}: {found.errors}")
    _check_names(vendor, path, request)


def check_query(request: httpx.Request) -> None:
    """Raise unless the query is valid against GitHub's schema."""
    body = json.loads(request.content)
    if is_there("github"):
        problems = _validated(body["query"])
        assert not problems, f"GitHub's schema refuses a query: {problems}"


@cache
def is_there(vendor: str) -> bool:
    """Say whether the description is at hand, and say it aloud once where it is not."""
    there = (SPECS / vendor / "openapi.json").exists()
    if not there:
        warnings.warn(
            f"{SPECS.name}/{vendor} is not here: requests are not validated", stacklevel=2
        )
    return there


class _Asked:
    def __init__(self, parameters: Any, host_url: str, path: str, method: str) -> None:
        self.parameters, self.host_url, self.path, self.method = parameters, host_url, path, method
        self.content_type, self.body = "", None


def _multi(request: httpx.Request) -> Any:
    from werkzeug.datastructures import ImmutableMultiDict

    return ImmutableMultiDict(request.url.params.multi_items())


@cache
def _description(vendor: str) -> Any:
    return json.loads((SPECS / vendor / "openapi.json").read_text(encoding="utf-8"))


def _host(vendor: str) -> str:
    return {
        "discourse": "discourse.example.com",
        "github": "api.github.com",
        "mastodon": "mastodon.example",
    }[vendor]


@cache
def _openapi(vendor: str) -> Any:
    from openapi_core import Config, OpenAPI

    return OpenAPI.from_dict(_description(vendor), config=Config(spec_validator_cls=None))


def _check_names(vendor: str, path: str, request: httpx.Request) -> None:
    """A misspelt parameter is ignored by servers and validators alike, so look at the names."""
    parts = path.strip("/").split("/")
    described = _description(vendor)
    for template, methods in described["paths"].items():
        names = template.strip("/").split("/")
        if len(names) == len(parts) and all(
            _fits(name, part) for name, part in zip(names, parts, strict=True)
        ):
            parameters = [_deref(described, p) for p in methods["get"].get("parameters", [])]
            known = {p["name"] for p in parameters if p["in"] == "query"}
            for asked in request.url.params:
                undescribed = (template, asked) in UNDESCRIBED_QUERIES[vendor]
                assert asked in known or undescribed, f"{template} has no parameter {asked}"
            return


def _fits(name: str, part: str) -> bool:
    if name == part:
        return True
    before, brace, after = name.partition("{")
    return bool(brace) and part.startswith(before) and part.endswith(after.partition("}")[2])


def _deref(described: Any, value: Any) -> Any:
    while "$ref" in value:
        found = described
        for key in value["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        value = found
    return value


@cache
def _schema() -> Any:
    from graphql import build_schema

    text = (SPECS / "github" / "schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True, no_location=True)


@cache
def _validated(query: str) -> tuple[str, ...]:
    from graphql import parse, validate

    return tuple(str(error) for error in validate(_schema(), parse(query)))
