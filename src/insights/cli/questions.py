"""What a connector needs to be told: taken from the words of a command, or asked on a terminal."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from insights.cli import terminal
from insights.errors import UsageError, unknown
from insights.settings import fault

YES, NO = ("y", "yes", "true", "on"), ("n", "no", "false", "off")
_VARIABLE = re.compile(r"\$\{?([A-Z_][A-Z0-9_]*)\}?")
_LISTS = frozenset({tuple, list, set, frozenset})


def take(model: type[BaseModel], words: Sequence[str]) -> dict[str, Any]:
    """Read options from `key=value`, `--key value` and `--key=value`; again for a longer list.

    Raises:
        UsageError: an option that the connector does not know, a value that is missing, or a
            secret where the name of an environment variable belongs.
    """
    found: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        name, equals, text = word.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if name not in _names(model):
            raise UsageError(unknown("option", name, model.model_fields))
        if not equals:
            text = next(rest, "") if word.startswith("--") else ""
        if not text:
            raise UsageError(f"say what {name} is: {name}=VALUE")
        value = _value(model, name, text)
        found[name] = [*found[name], *value] if isinstance(found.get(name), list) else value
    return found


def ask(model: type[BaseModel], given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Ask for what is required and for secrets, as far as they are not given.

    Everything else keeps its default, which is shown.
    """
    said, answers = _described(model), dict(given)
    kept: list[str] = []
    for option, field in model.model_fields.items():
        if any(known in answers for known in _aliases(option, field)):
            continue
        if not (field.is_required() or is_secret(field)):
            kept.append(option if field.default is None else f"{option} ({_shown(field.default)})")
            continue
        terminal.say(f"{option}: {said.get(option) or field.description or ''}".rstrip(": "))
        value = _answer(model, option, f"{name}_{option}".upper().replace("-", "_"))
        if value is not None:
            answers[option] = value
    if kept:
        terminal.say(f"left as they are: {', '.join(kept)}; insights.toml can change them")
    return answers


def is_secret(field: FieldInfo) -> bool:
    """Say whether an option holds a key or token."""
    return SecretStr in _kinds(field.annotation)


def line(prompt: str) -> str:
    """Ask one thing on the terminal; an end of input is an interruption."""
    print(f"  {prompt}: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer:
        raise KeyboardInterrupt
    return answer.strip()


def _answer(model: type[BaseModel], option: str, variable: str) -> Any:
    field = model.model_fields[option]
    while True:
        if is_secret(field):
            optional = "" if field.is_required() else ", or none"
            text = line(f"environment variable that holds it [{variable}]{optional}")
            text = "" if text == "none" and optional else f"${(text or variable).lstrip('$')}"
        else:
            text = line(option)
        if not text and not field.is_required():
            return None
        try:
            if not text:
                raise UsageError(f"{option} is needed")
            value = _value(model, option, text)
            _check(model, option, value)
            return value
        except UsageError as error:
            terminal.say(f"  {error}")


def _check(model: type[BaseModel], option: str, value: Any) -> None:
    """Raise UsageError if an option cannot have this value, whatever the others have."""
    try:
        model.model_validate({option: value})
    except ValidationError as error:
        names = _aliases(option, model.model_fields[option])
        for one in error.errors(include_url=False, include_input=False):
            if one["loc"] and one["loc"][0] in names:
                raise UsageError(fault(one)) from None


def _value(model: type[BaseModel], name: str, text: str) -> Any:
    """Return what TOML would hold; pydantic decides whether it is right."""
    option = next(o for o, f in model.model_fields.items() if name in _aliases(o, f))
    field = model.model_fields[option]
    if is_secret(field):
        named = _VARIABLE.fullmatch(text)
        if not named:  # what was typed may be the secret itself, so it is not repeated
            raise UsageError(
                f"{name} is a secret and stays out of the file: put it into an environment "
                f"variable such as {name.upper()}, and give the name: {name}='${name.upper()}'"
            )
        return f"${named[1]}"
    if _LISTS & _kinds(field.annotation) and not text.startswith("["):
        return [_scalar(field.annotation, part.strip(), name) for part in text.split(",")]
    return _scalar(field.annotation, text, name)


def _scalar(annotation: Any, text: str, name: str) -> Any:
    kinds = _kinds(annotation)
    if bool in kinds and text.lower() in (*YES, *NO):
        return text.lower() in YES
    if kinds & {datetime, AwareDatetime}:
        return terminal.moment(text, name)
    if str in kinds and not text.startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def _kinds(annotation: Any) -> set[Any]:
    """Return the plain types that an annotation is made of, through unions, lists and the like."""
    inside = get_args(annotation)
    if not inside:
        return {annotation} - {NoneType}
    origin = get_origin(annotation)
    own = {origin} if origin in _LISTS else set()
    texts = {str} if any(isinstance(part, str) for part in inside) else set()  # of a Literal
    return own.union(texts, *(_kinds(part) for part in inside if not isinstance(part, str)))


def _names(model: type[BaseModel]) -> set[str]:
    return {name for o, field in model.model_fields.items() for name in _aliases(o, field)}


def _aliases(option: str, field: FieldInfo) -> list[str]:
    choices = getattr(field.validation_alias, "choices", [field.validation_alias])
    return [option, *(choice for choice in choices if isinstance(choice, str))]


def _described(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands below each option in the source of its model."""
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    except (OSError, SyntaxError, ValueError):
        return {}
    return dict(_docs(tree.body if isinstance(tree, ast.ClassDef) else []))


def _docs(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    for stated, below in pairwise(body):
        named = isinstance(stated, ast.AnnAssign) and isinstance(stated.target, ast.Name)
        told = below.value if isinstance(below, ast.Expr) else None
        if named and isinstance(told, ast.Constant) and isinstance(told.value, str):
            yield stated.target.id, " ".join(told.value.split())  # type: ignore[attr-defined]


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)
