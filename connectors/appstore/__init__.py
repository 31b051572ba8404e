"""Reads reviews of an app in Apple's App Store: the latest 500 of each country."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from connectors.appstore.shapes import App, Found, Link, Page, Review
from insights.errors import BadItem, CredentialsError, RateLimited, SourceError
from insights.http import Http, Payload, Reply, shaped
from insights.models import JSON, Batch, Checkup, Post, Skipped, Tombstone

STORE = "https://itunes.apple.com"

LAST_PAGE = 10
"""Apple shows no more pages than these."""

FULL = 49
"""Reviews of a full page at least: older feeds give the first of 50 places to the app."""

KEPT = 600
"""Reviews of a country that the cursor remembers: all that can be listed, and some more."""


Country = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class AppStoreOptions(BaseModel):
    """An app, and in which countries' stores to read about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: str = Field(pattern=r"^[0-9]{5,12}$")
    """The number in the app's address: apps.apple.com/us/app/NAME/id123456789."""
    countries: tuple[Country, ...] = Field(("us",), min_length=1)
    """Stores, as two small letters: each has its own reviews."""


@dataclass
class _Listing:
    """The reviews of a country, as far as they were read, and when the pages came."""

    reviews: list[tuple[Review, datetime]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    whole: bool = False
    """Whether there is surely no more: it ended before the last page, and not after a full one."""
    doubtful: bool = False
    """Whether it ended after a full page: now and then Apple sends an empty page instead."""


class AppStore:
    """The reviews of an app as a source; native ids are `country-number`.

    The cursor holds for each country the reviews that were listed last, so that what is new or
    edited can be told from what is known.
    """

    Options: ClassVar[type[BaseModel]] = AppStoreOptions

    def __init__(self, source: str, options: AppStoreOptions, *, http: Http) -> None:
        self.source = source
        self.options = options
        self._http = http

    def pull(self, cursor: JSON | None) -> Iterator[Batch]:
        """Read each country's pages, newest first, until one brings nothing new."""
        states: JSON = (cursor or {}).get("countries", {})
        failed: list[SourceError | CredentialsError] = []
        for country in self.options.countries:
            try:
                for batch, state in self._news(country, states.get(country)):
                    if state is not None:
                        states = states | {country: state}
                    yield Batch(
                        cursor={"countries": states}, posts=batch.posts, skipped=batch.skipped
                    )
            except RateLimited:
                raise
            except (SourceError, CredentialsError) as error:  # of one country: the others go on
                failed.append(error)
        if failed:
            raise failed[0]

    def recheck(self, native_ids: Sequence[str]) -> Iterator[Batch]:
        """List all again; a review that is not there twice running, in a whole listing, is gone.

        Beyond 500 reviews the oldest leave the listing, so there nothing can be told.
        """
        for country in dict.fromkeys(self.options.countries):
            wanted = {id_ for id_ in native_ids if id_.partition("-")[0] == country}
            if not wanted:
                continue
            listing = self._listed(country)
            found = {_native_id(country, review) for review, _ in listing.reviews}
            gone = self._surely_gone(country, wanted - found, listing)
            posts = [
                self._post(country, review, review.updated.label)
                for review, _ in listing.reviews
                if review.updated and _native_id(country, review) in wanted
            ]
            yield Batch(
                cursor={},
                posts=tuple(posts),
                tombstones=tuple(Tombstone(id_) for id_ in sorted(gone)),
                skipped=tuple(listing.skipped),
            )

    def check(self) -> Checkup:
        """Ask the first country's store for the app and its latest reviews."""
        country = self.options.countries[0]
        app = self._app(country)
        self._page(country, 1, _Listing())
        stores = ", ".join(self.options.countries)
        return Checkup(
            reads=f"the latest reviews of {app.trackName} in {stores}, at most 500 of each country"
        )

    def _news(self, country: str, state: JSON | None) -> Iterator[tuple[Batch, JSON | None]]:
        """Yield what is new, and with the last batch the state in which the next pull starts.

        A kill in between costs reading again, ten pages at most, and no review.
        """
        known: dict[str, str] = dict(state["seen"]) if state else {}
        first: dict[str, str] = dict(state["first"]) if state else {}
        again = bool(state and state["doubtful"])
        listing, seen = _Listing(), {}
        for page in range(1, LAST_PAGE + 1):
            had, bad = len(listing.reviews), len(listing.skipped)
            if not self._page(country, page, listing):
                self._make_sense_of_nothing(country, page, known)
                break
            posts = []
            for review, at in listing.reviews[had:]:
                id_ = _native_id(country, review)
                seen[id_] = review.mark
                if known.get(id_) == review.mark:
                    continue
                if review.updated:
                    at = review.updated.label
                else:
                    first.setdefault(id_, at.isoformat())
                when = (
                    review.updated.label if review.updated else datetime.fromisoformat(first[id_])
                )
                posts.append(self._post(country, review, when))
            if posts or listing.skipped[bad:]:
                skipped = tuple(listing.skipped[bad:])
                yield Batch(cursor={}, posts=tuple(reversed(posts)), skipped=skipped), None
            if not posts and not again:
                listing.doubtful = False
                break
        kept = dict(list((seen | {k: v for k, v in known.items() if k not in seen}).items())[:KEPT])
        new = {
            "seen": kept,
            "first": {id_: at for id_, at in first.items() if id_ in kept},
            "doubtful": listing.doubtful and not again,
        }
        if new != state:
            yield Batch(cursor={}), new

    def _page(self, country: str, number: int, listing: _Listing) -> bool:
        """Add a page to the listing; say whether there was any review on it."""
        url = (
            f"{STORE}/{country}/rss/customerreviews/page={number}/id={self.options.app_id}"
            "/sortBy=mostRecent/json"
        )
        reply = self._ask(country, url)
        try:
            entries = shaped(Page, reply.json()).feed.entries
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as the App Store does ({bad})") from None
        for entry in entries:
            try:
                listing.reviews.append((shaped(Review, entry), reply.answered_at))
            except BadItem as bad:
                listing.skipped.append(Skipped(f"{url} {_shown_id(entry)}", str(bad)))
        listing.whole = not entries and number > 1 and not listing.doubtful
        if entries:
            listing.doubtful = len(entries) >= FULL and number < LAST_PAGE
        return bool(entries)

    def _make_sense_of_nothing(self, country: str, page: int, known: JSON) -> None:
        """Tell an app without reviews from a store that shows none, as it does now and then."""
        if page > 1:
            return
        app = self._app(country)
        if known and app.userRatingCount:
            raise SourceError(
                f"the App Store of {country} shows no reviews of {app.trackName} although there "
                f"were some and {app.userRatingCount:,} people rated it; the next run tries again"
            )

    def _app(self, country: str) -> App:
        asked = (("id", self.options.app_id), ("country", country))
        reply = self._ask(country, f"{STORE}/lookup", *asked)
        try:
            found = shaped(Found, reply.json()).results
        except BadItem as bad:
            raise SourceError(f"{reply.url} did not answer as the App Store does ({bad})") from None
        if not found:
            raise SourceError(
                f"there is no app {self.options.app_id} in the App Store of {country}; check "
                "app_id and countries"
            )
        return found[0]

    def _ask(self, country: str, url: str, *params: tuple[str, str]) -> Reply:
        try:
            return self._http.get(url, params=params)
        except CredentialsError:
            raise CredentialsError(
                f"the App Store of {country} refused us; it wants no key, and does so to an "
                "address that asks much: run again later"
            ) from None

    def _listed(self, country: str) -> _Listing:
        listing = _Listing()
        for page in range(1, LAST_PAGE + 1):
            if not self._page(country, page, listing):
                break
        return listing

    def _surely_gone(self, country: str, missing: set[str], listing: _Listing) -> set[str]:
        """Return those of `missing` that a second listing lacks too, where both are whole."""
        if not missing or not listing.whole or listing.skipped:
            return set()
        again = self._listed(country)
        if not again.whole or again.skipped:
            return set()
        return missing - {_native_id(country, review) for review, _ in again.reviews}

    def _post(self, country: str, review: Review, at: datetime) -> Post:
        title = review.title.label.strip() if review.title else ""
        text = review.content.label if review.content else ""
        link = review.link[0] if isinstance(review.link, list) and review.link else review.link
        name = review.author.name.label if review.author and review.author.name else None
        native_id = _native_id(country, review)
        return Post(
            source=self.source,
            native_id=native_id,
            text=text if text.strip() else title or f"{review.rating.label:g} of 5 stars",
            created_at=at,
            title=title,
            markup="plain",
            author=name or None,
            url=link.attributes.href if isinstance(link, Link) else None,
            space=country,
            thread_id=native_id,
            updated_at=review.updated.label if review.updated else None,
            rating=review.rating.label,
            reactions=review.votes.label if review.votes else 0,
            version=review.version.label if review.version else None,
            attributes={} if review.updated else {"undated": "true"},
        )


def _native_id(country: str, review: Review) -> str:
    return f"{country}-{review.id.label}"


def _shown_id(entry: Payload) -> str:
    id_ = entry.get("id") if isinstance(entry, dict) else None
    return str(id_.get("label") if isinstance(id_, dict) else "without id")[:40]
