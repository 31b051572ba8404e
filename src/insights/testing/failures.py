"""How servers fail: whole replies that no connector may take for an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from insights.testing.trial import Handler


def failures(token: str) -> Mapping[str, Callable[[], httpx.Response]]:
    """Return what may come instead of an answer, by name; each holds the secret if it can."""
    page = f"<html><body>Sign in, {token}</body></html>"
    return {
        "status 500": lambda: httpx.Response(500, text=token),
        "status 404": lambda: httpx.Response(404, json={"message": f"no {token}"}),
        "status 401": lambda: httpx.Response(401, json={"errors": [f"bad {token}"]}),
        "a web page": lambda: httpx.Response(200, text=page),
        "truncated JSON": lambda: httpx.Response(200, text='{"a": ["' + token),
        "JSON of another shape": lambda: httpx.Response(200, json=["?", {"x": token}]),
        "an empty object": lambda: httpx.Response(200, json={}),
        "null": lambda: httpx.Response(200, text="null"),
        "deep JSON": lambda: httpx.Response(200, text="[" * 100_000),
        "a redirect elsewhere": lambda: httpx.Response(
            302, headers={"Location": f"http://169.254.169.254/?{token}"}
        ),
    }


def once(server: Handler, reply: httpx.Response, *, at: int) -> Handler:
    """Stand before a server and give `reply` in place of its answer number `at`."""
    asked = [0]

    def handler(request: httpx.Request) -> httpx.Response:
        asked[0] += 1
        return reply if asked[0] == at else server(request)

    return handler


def repeating(server: Handler, *, at: int, most: int) -> Handler:
    """Stand before a server and give its answer number `at` for ever, till the line dies."""
    asked = [0]
    held: list[httpx.Response] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked[0] += 1
        if asked[0] >= most:
            raise httpx.ConnectError("the line is dead", request=request)
        if asked[0] < at:
            return server(request)
        held.append(held[0] if held else server(request))
        same = held[0]
        return httpx.Response(same.status_code, headers=same.headers, content=same.content)

    return handler
