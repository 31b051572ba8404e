"""A digest looks as it did: a change of look stands in the diff of its golden documents."""

import pytest

from tests.digest import golden


@pytest.mark.parametrize(
    ("path", "document"), list(golden.documents()), ids=lambda value: getattr(value, "name", "")
)
def test_a_digest_looks_as_it_did(path, document):
    """If this is meant, write them anew: .venv/bin/python -m tests.digest.golden"""
    assert document.decode().splitlines() == path.read_text(encoding="utf-8").splitlines()
