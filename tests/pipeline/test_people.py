"""A night counts people, not accounts, and says where it cannot know."""

from __future__ import annotations

import json
from datetime import timedelta

from insights.digest.render import render
from insights.pipeline import nightly, people
from insights.pipeline.engine import Engine
from insights.pipeline.people import Account
from tests.pipeline import village

MORNING = village.NIGHT + timedelta(hours=6)


def test_a_digest_counts_linked_accounts_once_and_shows_the_interval(
    lived: Engine,
) -> None:
    """In its head and at each item, in every format; without links there is no interval."""
    apart = nightly.run(lived, as_of=village.NIGHT, community="Moor", publishing=False).digest
    assert apart.accounts is None
    assert {item.accounts for item in (*apart.decisions, *apart.problems)} == {None}
    one = [Account(f"who:{n}", "Ada", "forum", name) for n, name in enumerate(village.PEOPLE[:10])]
    assert people.link(lived, one) == 10
    joined = nightly.run(lived, as_of=MORNING, community="Moor", publishing=False).digest
    assert joined.accounts is not None
    assert joined.people < joined.accounts
    interval = f"{joined.people}–{joined.accounts}"
    documents = {name: body.decode() for name, body in render(joined).items()}
    assert all(interval in documents[name] for name in ("html", "md", "txt"))
    assert json.loads(documents["json"])["accounts"] == joined.accounts
