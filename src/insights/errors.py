"""Everything that can go wrong, each with the exit code and a sentence that says what to do.

InsightsError                 1  failed
├── UsageError                2  the command was called in a way that cannot work
├── SettingsError             3  insights.toml, an environment variable or a folder is wrong
│   └── CredentialsError      3  a source or channel refused who we are
├── StoreError                1  the database cannot be used as it is
├── SourceError               1  a community could not be read; the others go on
│   ├── RateLimited           1  it asked us to come back later
│   └── TooLarge              1  it answered with more than is read at once
├── BadItem                   -  one item could not be read; it is counted, named and skipped
└── PublishError              4  a digest exists, but a channel did not take it
    └── Undecided             4  whether it took it cannot be known
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches


class InsightsError(Exception):
    """A failure that is explained to the user in one line, never by a traceback."""

    exit_code = 1


class UsageError(InsightsError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class SettingsError(InsightsError):
    """Settings, an environment variable or a folder is wrong."""

    exit_code = 3


class CredentialsError(SettingsError):
    """A source or channel refused who we are; the message names what is missing."""


class StoreError(InsightsError):
    """The database cannot be used as it is."""


class SourceError(InsightsError):
    """A community could not be read; the other sources go on without it."""


class RateLimited(SourceError):
    """The source asked us to come back at `resume_at`, later than we are willing to wait."""

    def __init__(self, message: str, *, resume_at: datetime) -> None:
        super().__init__(message)
        self.resume_at = resume_at


class TooLarge(SourceError):
    """A reply holds more than is read at once; ask for less."""


class BadItem(InsightsError):
    """One item could not be read: it is counted, named by where it stands, and skipped."""


class PublishError(InsightsError):
    """A digest exists, but a channel surely did not take it: the next run tries again."""

    exit_code = 4


class Undecided(PublishError):
    """A channel may have taken a digest or not: it is never sent again without being told to."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that `name` is not known, with the nearest name or all there are.

    >>> unknown("connector", "discorse", ["discourse", "github"])
    "no connector is called 'discorse'; did you mean 'discourse'? There is: discourse, github"
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ";"
    return f"no {kind} is called '{name}'{hint} There is: {', '.join(names) or 'none'}"
