"""The page on which people say whether an item of a digest was useful: only a POST records."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from insights import feedback
from insights.errors import InsightsError, UsageError
from insights.store import digests
from insights.web.shell import Site, page

MAX_BYTES = 16_384
FORM = "application/x-www-form-urlencoded"
SOMEBODY = "somebody on the web page"
SHOWN = 20
"""How many of the latest words on an item are shown."""
NOTHING = "no such digest, or no such item in it"
OURS = ("same-origin", "none")


def add_feedback(app: FastAPI, site: Site) -> None:
    """Show an item with three buttons at /feedback/DIGEST/ITEM, and take what is pressed."""

    @app.get("/feedback/{digest_id}/{item_id}")
    def ask(digest_id: str, item_id: str) -> HTMLResponse:
        return _page(site, digest_id, item_id)

    @app.post("/feedback/{digest_id}/{item_id}")
    async def take(digest_id: str, item_id: str, request: Request) -> Response:
        if not _is_ours(request, site):
            raise HTTPException(403, "this was sent from a page of another site")
        form = await _form(request)
        sent, ours = form.get("token", "").encode(), token(site.key, digest_id, item_id).encode()
        if not hmac.compare_digest(sent, ours):
            raise HTTPException(403, "this form is of another item or too old; open the page again")
        return await run_in_threadpool(record, digest_id, item_id, form)

    def record(digest_id: str, item_id: str, form: dict[str, str]) -> Response:
        by, reason = form.get("by", "").strip() or SOMEBODY, form.get("reason", "")
        try:
            feedback.tell(
                site.database, digest_id, item_id, form.get("verdict", ""), by=by, reason=reason
            )
        except UsageError as error:  # what was typed is kept: it stands in the form again
            return _page(site, digest_id, item_id, wrong=str(error), typed=form, status=422)
        except InsightsError:
            return _page(
                site, digest_id, item_id, wrong="It cannot be saved now; press again in a minute.",
                typed=form, status=503,
            )  # fmt: skip
        # A page that was asked for again by GET can be loaded anew without sending anything.
        return RedirectResponse(_path(digest_id, item_id), 303)


def token(key: bytes, digest_id: str, item_id: str) -> str:
    """Return what only a page of ours for this item holds: another site cannot read it."""
    bound = f"feedback\x1f{digest_id}\x1f{item_id}".encode("utf-8", "surrogatepass")
    return hmac.new(key, bound, hashlib.sha256).hexdigest()


def _page(
    site: Site,
    digest_id: str,
    item_id: str,
    *,
    wrong: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    with site.database.read() as tx:
        content = digests.get(tx, digest_id)
        found = feedback.find(content, item_id) if content else None
        said = feedback.about(tx, f"{digest_id}/{item_id}")
    if found is None:
        raise HTTPException(404, NOTHING)
    digest, item = found
    return page(
        "feedback.html",
        status=status,
        digest=digest,
        item=item,
        said=[_said(entry) for entry in said[: -SHOWN - 1 : -1]],
        token=token(site.key, digest_id, item_id),
        action=_path(digest_id, item_id),
        back=f"/digests/{quote(digest.id, safe='')}.html",
        longest=feedback.LONGEST_REASON,
        longest_name=feedback.LONGEST_NAME,
        wrong=wrong,
        typed=typed or {},
    )


def _said(entry: dict[str, Any]) -> dict[str, Any]:
    at: datetime = entry["at"]
    body = entry["body"]
    return {"at": at, "by": entry["by"], "verdict": body[feedback.KIND], "reason": body["reason"]}


def _path(digest_id: str, item_id: str) -> str:
    return f"/feedback/{quote(digest_id, safe='')}/{quote(item_id, safe='')}"


def _is_ours(request: Request, site: Site) -> bool:
    """Say whether a form was sent from a page of ours.

    Browsers say so in Sec-Fetch-Site, older ones in Origin; who says neither is no browser, and
    no page elsewhere can make one leave both out (as in Go's net/http CrossOriginProtection).
    """
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in OURS
    origin = request.headers.get("origin")
    if origin is None:
        return True
    hosts = {request.headers.get("host", "")}
    if site.base_url:  # a proxy in front may ask us under another name
        hosts.add(urlsplit(site.base_url).netloc)
    try:
        sent_from = urlsplit(origin).netloc.lower()
    except ValueError:  # such as http://[::1
        return False
    return sent_from in {host.lower() for host in hosts if host}


async def _form(request: Request) -> dict[str, str]:
    """Read a form that is no larger than `MAX_BYTES`, whatever is announced."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise HTTPException(415, f"send a form, as {FORM}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise HTTPException(413, "that is too long; say it in fewer words")
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=20, keep_blank_values=True)
    except ValueError:  # UnicodeDecodeError is one
        raise HTTPException(400, "the form cannot be read") from None
    return {name: values[-1] for name, values in fields.items()}
