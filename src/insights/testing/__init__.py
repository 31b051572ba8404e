"""The promises of a connector as a check that anyone can run on theirs.

A connector's test brings a scripted server: a stand-in that answers as the vendor does, and that
can be told to have something new, edited, deleted or spoiled (`ScriptedServer`). Nothing here
opens a socket or sleeps.

    def make(http, server):
        options = ForumOptions(url="https://forum.example", key=server.token)
        return Forum("forum", options, http=http)

    @pytest.mark.parametrize("promise", PROMISES)
    def test_forum_keeps(promise):
        check_connector(make, server=ScriptedForum, only=promise)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from insights.errors import UsageError, unknown
from insights.http import Http
from insights.protocols import Connector
from insights.testing.promises import PROMISES
from insights.testing.trial import Broken, Clock, ScriptedServer, Shelf, Trial

__all__ = ["PROMISES", "Broken", "Clock", "ScriptedServer", "Shelf", "Trial", "check_connector"]

S = TypeVar("S", bound=ScriptedServer)


def check_connector(
    make: Callable[[Http, S], Connector], *, server: Callable[[], S], only: str | None = None
) -> None:
    """Put a connector to every promise of `insights.protocols.Connector`, or to `only` one.

    `make(http, server)` builds the connector for a scripted server; `server()` starts a new one.

    Raises:
        Broken: names the promise that was not kept, and how (an AssertionError).
        UsageError: there is no promise called `only`.
    """
    if only is not None and only not in PROMISES:
        raise UsageError(unknown("promise", only, PROMISES))
    for name, promise in PROMISES.items():
        if only in (None, name):
            try:
                promise(Trial(make, server))
            except Broken as broken:
                raise Broken(f"{name.replace('_', ' ')}: {broken}") from broken
