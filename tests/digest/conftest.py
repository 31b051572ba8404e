"""Digests of hostile strings, rendered once for all tests that look at them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import pytest

from insights.digest.render import render
from tests.digest import example, hostile


@pytest.fixture(scope="session")
def attacks() -> list[Mapping[str, bytes]]:
    """Every hostile string, spread over the fields of as many digests as it takes."""
    if not hostile.SHARED.exists():
        warnings.warn(
            f"{hostile.SHARED.name} is absent: {len(hostile.OWN)} strings of our own are used",
            stacklevel=1,
        )
    return [render(hostile.told(example.small(), say)) for say in hostile.batches()]


@pytest.fixture(scope="session")
def calm() -> Mapping[str, bytes]:
    return render(hostile.told(example.small(), lambda: hostile.PLAIN))
