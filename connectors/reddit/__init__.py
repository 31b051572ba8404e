"""Reads subreddits: what is posted in them, and the comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from connectors.reddit.listing import PAGE, Seen, listed, name_of, state_of
from connectors.reddit.options import RedditOptions
from connectors.reddit.shapes import (
    TAKEN_AWAY,
    Comment,
    Listing,
    Submission,
    Subreddit,
    Thing,
    Things,
    Token,
)  # fmt: skip
from insights.errors import BadItem, CredentialsError, SourceError
from insights.http import Http, Payload, Reply, reveal, shaped
from insights.models import JSON, Batch, Checkup, Post, Skipped, Terms, Tombstone

M = TypeVar("M", bound=BaseModel)

API = "https://oauth.reddit.com"
SITE = "https://www.reddit.com"
REFUSED = (401, 403, 404)
KINDS = ("new", "comments")
A_SUBREDDIT_S = 12.0
"""Seconds that both listings of a subreddit take at the hundred requests a minute granted."""


class Reddit:
    """Subreddits as a source; native ids are fullnames: `t3_…` of posts, `t1_…` of comments.

    A listing is walked from its newest item to what was read before, and never by `before`: of
    an anchor that was deleted Reddit answers as if there were nothing new. The cursor holds for
    each listing the newest items that were read, and whether they were edited or taken away.
    """

    Options: ClassVar[type[BaseModel]] = RedditOptions
    terms: ClassVar[Terms] = Terms(recheck_days=2)

    def __init__(self, source: str, options: RedditOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http
        self._secret = reveal(options.client_secret, f"{source}.client_secret")
        self._refresh = reveal(options.refresh_token, f"{source}.refresh_token")
        self._agent = f"python:community-insights:0.1 (by /u/{options.username})"
        self._token = ""

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read what is new in each listing, the oldest first."""
        cursor = cursor or {}
        for subreddit in self.options.subreddits:
            for kind in KINDS:
                place = f"r/{subreddit}/{kind}"
                for batch in self._walk(subreddit, kind, Seen.of(cursor.get(place))):
                    cursor = cursor | {place: batch.cursor}
                    yield Batch(
                        cursor=cursor,
                        posts=batch.posts,
                        tombstones=batch.tombstones,
                        skipped=batch.skipped,
                    )

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """Ask for a hundred at a time; what Reddit does not know any more is a tombstone."""
        for subreddit in self.options.subreddits:
            self._about(subreddit)  # one that went private must not read as deleted
        ids = [id_ for id_ in dict.fromkeys(native_ids) if id_.startswith(("t1_", "t3_"))]
        for start in range(0, len(ids), PAGE):
            wanted = ids[start : start + PAGE]
            found = self._listing("/api/info", ("id", ",".join(wanted))).children
            there = {name_of(item) for item in found}
            batch = self._batch(found)
            gone = tuple(Tombstone(id_) for id_ in wanted if id_ not in there)
            yield Batch(
                cursor={},
                posts=batch.posts,
                tombstones=batch.tombstones + gone,
                skipped=batch.skipped,
            )

    def check(self) -> Checkup:
        """Ask for the first two subreddits; Reddit does not tell how much is in them."""
        names = []
        for subreddit in self.options.subreddits[:2]:
            about = self._about(subreddit).data
            members = "" if about.subscribers is None else f" ({about.subscribers:,} members)"
            names.append(f"r/{about.display_name}{members}")
        names += [f"r/{name}" for name in self.options.subreddits[2:]]
        return Checkup(
            reads=f"the newest posts and comments of {', '.join(names)}, 1,000 of each at most",
            seconds=A_SUBREDDIT_S * len(names),
        )

    def _walk(self, subreddit: str, kind: str, seen: Seen) -> Iterator[Batch]:
        """Yield what is new or was changed near the top of a listing."""
        path = f"/r/{subreddit}/{kind}"
        items, gap = listed(
            lambda after: self._listing(path, *after), seen, since=self.options.since
        )
        skipped = (Skipped(path.strip("/"), gap),) if gap else ()
        if skipped and not items:
            yield Batch(cursor=seen.state, skipped=skipped)
        for start in range(0, len(items), PAGE):
            page = items[start : start + PAGE]
            batch = self._batch(page, since=True)
            seen = seen.after({name: state_of(i) for i in page if (name := name_of(i))})
            yield Batch(
                cursor=seen.state,
                posts=batch.posts,
                tombstones=batch.tombstones,
                skipped=batch.skipped + skipped,
            )
            skipped = ()

    def _batch(self, items: Sequence[Payload], *, since: bool = False) -> Batch:
        posts, tombstones, skipped = [], [], []
        floor = self.options.since if since else None
        for item in items:
            try:
                found = self._read(item)
            except BadItem as bad:
                skipped.append(Skipped(f"{SITE}/{name_of(item) or 'a nameless item'}", str(bad)))
                continue
            if isinstance(found, Tombstone):
                tombstones.append(found)
            elif floor is None or found.created_at >= floor:
                posts.append(found)
        return Batch(
            cursor={}, posts=tuple(posts), tombstones=tuple(tombstones), skipped=tuple(skipped)
        )

    def _read(self, item: Payload) -> Post | Tombstone:
        data = item.get("data") if isinstance(item, dict) else None
        if isinstance(item, dict) and item.get("kind") == "t1":
            comment = shaped(Comment, data)
            if comment.removed_by_category or comment.body.strip() in ("", *TAKEN_AWAY):
                return Tombstone(comment.name)
            return self._post(comment, comment.body, comment.link_id, parent_id=comment.parent_id)
        post = shaped(Submission, data)
        if post.removed_by_category or TAKEN_AWAY[0] in (post.selftext, post.title):
            return Tombstone(post.name)
        if post.selftext.strip() in TAKEN_AWAY:
            return Tombstone(post.name, "removed at the source")
        flair = (post.link_flair_text,) if post.link_flair_text else ()
        words = post.selftext if post.selftext.strip() else post.title
        return self._post(post, words, post.name, title=post.title, tags=flair)

    def _post(
        self,
        thing: Thing,
        text: str,
        thread_id: str,
        *,
        title: str = "",
        parent_id: str | None = None,
        tags: tuple[str, ...] = (),
    ) -> Post:
        role = thing.distinguished
        return Post(
            source=self.source,
            native_id=thing.name,
            text=text,
            created_at=thing.created_utc,
            title=title,
            markup="markdown",
            author=thing.person,
            url=SITE + quote(thing.permalink, safe="/%"),
            space=f"r/{thing.subreddit}",
            thread_id=thread_id,
            parent_id=parent_id,
            updated_at=thing.edited_at,
            reactions=max(0, thing.score),
            tags=tags,
            attributes={"role": role} if role else {},
        )

    def _about(self, subreddit: str) -> Subreddit:
        reply = self._get(f"/r/{subreddit}/about")
        body = reply.json()
        if isinstance(body, dict) and body.get("kind") == "Listing":  # it was sent to the search
            raise SourceError(f"there is no subreddit r/{subreddit}")
        return _whole(Subreddit, reply)

    def _listing(self, path: str, *params: tuple[str, str | int]) -> Things:
        things = _whole(Listing, self._get(path, *params)).data
        if any(isinstance(item, dict) and item.get("kind") == "t5" for item in things.children):
            raise SourceError(f"there is no subreddit {path.strip('/').rpartition('/')[0]}")
        return things

    def _get(self, path: str, *params: tuple[str, str | int]) -> Reply:
        """Ask with a token, and with a new one where the old has run out."""
        fresh = not self._token
        reply = self._ask(path, params)
        if reply.status == 401 and not fresh:
            self._token = ""
            reply = self._ask(path, params)
        if reply.status in REFUSED:
            scope = "scope" in reply.headers.get("www-authenticate", "")
            lacking = "; the token needs the scope `read`" if scope else ""
            where = "/".join(path.split("/")[1:3])
            raise CredentialsError(
                f"Reddit refused to show {where} with status {reply.status}{lacking}; is its name "
                "right, is it public, and may this application read it?"
            )
        return reply

    def _ask(self, path: str, params: Sequence[tuple[str, str | int]]) -> Reply:
        self._token = self._token or self._fetch_token()
        headers = {"User-Agent": self._agent, "Authorization": f"Bearer {self._token}"}
        raw = ("raw_json", 1)  # else < and & come escaped
        return self._http.get(API + path, params=[*params, raw], headers=headers, allow=REFUSED)

    def _fetch_token(self) -> str:
        form = {"grant_type": "client_credentials"}
        if self._refresh:
            form = {"grant_type": "refresh_token", "refresh_token": self._refresh}
        place = SITE.replace("//", f"//{self.options.client_id}:{quote(self._secret, safe='')}@")
        reply = self._http.post(
            f"{place}/api/v1/access_token",
            form=form,
            headers={"User-Agent": self._agent},
            allow=(400,),
        )
        body = reply.json()
        if isinstance(body, dict) and "error" in body:
            which = "refresh_token" if self._refresh else "client_id and client_secret"
            raise CredentialsError(f"Reddit gives no token; check {which} in the settings")
        token = _whole(Token, reply)
        if not {"read", "*"} & set(token.scope.replace(",", " ").split()):
            raise CredentialsError("Reddit's token may not read posts; it needs the scope `read`")
        return token.access_token


def _whole(model: type[M], reply: Reply) -> M:
    try:
        return shaped(model, reply.json())
    except BadItem as bad:
        raise SourceError(f"{reply.url} did not answer as Reddit does ({bad})") from None
