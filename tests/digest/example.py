"""Digests to test with: a full one of a made-up note-taking app, and almost empty ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from insights.digest.content import (
    AreaCount,
    Cause,
    Change,
    Digest,
    Item,
    Link,
    Move,
    Period,
    Quote,
    Share,
    SourceHealth,
    Where,
)

AS_OF = datetime(2026, 7, 13, 4, 0, tzinfo=UTC)
WEEK = timedelta(days=7)

DECISIONS = (
    ("Sync stops on Android after the 4.2 update", "emerging", "new", 43, 8),
    ("Shared notebooks lose their order when two people drag", "rising", "growing", 29, 14),
    ("Exported PDFs have no images since Thursday", "regression", "returned", 21, 0),
    ("Login with a passkey loops back to the start page", "emerging", "new", 17, 0),
    ("Several teams say that they leave over the new seat price", "risk", "growing", 12, 5),
)
PROBLEMS = (
    "Search does not find words inside attachments",
    "The app takes half a minute to open large notebooks",
    "Pasting from a spreadsheet loses the columns",
    "Reminders ring an hour late after travelling",
    "Offline edits come back as conflicts",
    "The web clipper misses pages behind a cookie banner",
    "Dark mode is unreadable in code blocks",
    "Tags cannot be renamed without losing notes",
    "Handwriting lags on older tablets",
    "Undo forgets everything when the screen turns off",
)
REQUESTS = (
    "Let a note be opened in two windows",
    "Show who changed which line, and when",
    "A calendar of all notes with a date",
    "Keyboard shortcuts that can be changed",
    "Templates for a whole notebook, not only a page",
    "Folders inside folders in the sidebar",
    "An export that keeps links between notes",
    "Read a note aloud while driving",
    "Mute one shared notebook for a while",
    "Lock a single note with a fingerprint",
)
ASKED = (Share(name="two windows", people=9), Share(name="second screen", people=4))
SLOW = ("The trash empties itself too early", "Icons for notebooks look alike", "Small print sizes")
PRAISE = ("The new editor feels instant", "Support answers within the hour", "Offline just works")
QUESTIONS = ("How do I move to the new plan?", "Where are backups kept?", "Is there a Linux build?")

AREAS = (
    AreaCount(id="A1", title="Sync, offline, conflict", topics=9, people=188, people_before=131,
              posts=402, posts_before=290),
    AreaCount(id="A4", title="Editor, pasting, table", topics=14, people=151, people_before=156,
              posts=377, posts_before=390),
    AreaCount(id="A2", title="Seat price, plan", topics=4, people=36, people_before=None,
              posts=51, posts_before=None),
)  # fmt: skip
SAID = (
    "Since this morning nothing from my phone reaches the laptop any more. I have signed out and "
    "in again, cleared the cache and waited for two hours, and the spinner only goes round.",
    "Same here on a tablet. It worked before the update, and the changelog says nothing about it.",
    "To be fair, on my two devices it works, so it may have to do with the size of the notebook.",
)

MOVED = Move(
    since="2026-07-12",
    section_before="problems",
    place=2,
    place_before=4,
    people_before=21,
    score_before=73.1,
    causes=(
        Cause(kind="time", people=-3),
        Cause(kind="re-assignment", people=2),
        Cause(kind="new posts", people=9),
    ),
    parts={"momentum": 4.4, "reach": 1.9},
)


def quotes(number: int = 3, *, start: int = 0) -> tuple[Quote, ...]:
    """Return up to three quotes of people who do not exist."""
    roles = ("typical", "newest", "dissenting")
    return tuple(
        Quote(
            role=roles[place],
            text=SAID[(start + place) % len(SAID)],
            post_id=f"forum:{4000 + start * 3 + place}",
            source="forum",
            at=AS_OF - timedelta(days=place + 1),
            url=f"https://forum.example.org/t/thread-{start}/{4000 + start * 3 + place}",
        )
        for place in range(number)
    )


def item(title: str, *, place: int = 0, **changed: object) -> Item:
    """Return one insight; `changed` replaces what it usually is."""
    people = max(3, 40 - 3 * place)
    usual: dict[str, object] = {
        "id": f"T-{100 + sum(map(ord, title)) % 900}-{place}",
        "kind": "problem",
        "title": title,
        "status": ("steady", "growing", "cooling")[place % 3],
        "born_at": AS_OF - timedelta(days=120 + place),
        "age_days": 120 + place,
        "people": people,
        "people_before": people - 4 + place,
        "posts": people + 9,
        "why": f"{people} people in seven days, where the last eight weeks had about 20.",
        "weeks": (people // 2, people // 3, people // 2 + 3, people - 5, people // 4, people - 1,
                  people // 2, people),
        "by_source": (Share(name="forum", people=people - 2), Share(name="github", people=2)),
        "by_version": (Share(name="4.2", people=people - 1), Share(name="4.1", people=1)),
        "score": 82.4 - 3 * place,
        "parts": {
            "reach": 0.81, "momentum": 0.64, "severity": 0.7, "novelty": 0.22, "confidence": 0.93,
            "segment": 0.5,
        },
        "quotes": quotes(start=place),
        "next_step": "Ask two of these people for a log, and look at what 4.2 changed in sync.",
    }  # fmt: skip
    return Item.model_validate(usual | changed)


def decision(place: int) -> Item:
    """Return one of the five decisions, with statistics, segments and a tracker issue."""
    title, kind, status, people, before = DECISIONS[place]
    return item(
        title,
        place=place,
        kind=kind,
        status=status,
        people=people,
        people_before=before,
        posts=people + 18,
        weeks=(
            people // 9,
            people // 7,
            people // 8,
            people // 5,
            people // 9,
            people // 6,
            before,
            people,
        ),
        why=f"{people} people in two days, where {before} wrote in the week before.",
        age_days=2 + place,
        observed=float(people),
        expected=round(people / 4.7, 1),
        q=0.0004 * (place + 1),
        where=(Where(kind="version", name="4.2.0", people=34, of=43, times=6.2),)
        if place == 0
        else (),
        conditions=(Share(name="since 4.2", people=people // 2),) if place == 0 else (),
        by_segment=(Share(name="teams", people=people // 2), Share(name="free", people=3)),
        moved=MOVED if place == 1 else None,
        links=(Link(text="app#812", url="https://github.com/example/app/issues/812"),)
        if place == 0
        else (),
        url=f"https://insights.example.org/topics/{place}",
    )


def full() -> Digest:
    """Return a digest with everything in it."""
    return Digest(
        id="2026-07-13",
        run_id="run-0193",
        community="Quillpad",
        as_of=AS_OF,
        period=Period(start=AS_OF - WEEK, end=AS_OF),
        compared_with=Period(start=AS_OF - 2 * WEEK, end=AS_OF - WEEK),
        headline="Sync stops on Android since 4.2: 43 people in two days",
        posts=1284,
        posts_before=1102,
        people=512,
        people_before=497,
        sources=(
            SourceHealth(name="forum", state="ok", posts=903, posts_before=810,
                         newest_at=AS_OF - timedelta(minutes=20)),
            SourceHealth(name="github", state="ok", posts=381, posts_before=292, skipped=2,
                         newest_at=AS_OF - timedelta(hours=3)),
            SourceHealth(name="reviews", state="failed", posts=0, posts_before=64,
                         newest_at=AS_OF - timedelta(days=4), note="it answered with a login page"),
        ),
        coverage=0.914,
        versions={"insights": "0.1.0", "encoder": "all-MiniLM-L6-v2", "schema": "1"},
        sentences=(
            "512 people wrote 1,284 posts, 17 % more than the week before.",
            "Five issues are new or growing beyond chance; the largest reaches 43 people.",
            "The PDF export, resolved in June, is broken again.",
        ),
        decisions=tuple(decision(place) for place in range(5)),
        changes=(
            Change(kind="entered", subject="Sync stops on Android", text="first seen on 11 July"),
            Change(kind="returned", subject="Exported PDFs have no images",
                   text="resolved on 9 June, and back since Thursday"),
            Change(kind="split", subject="Slow start",
                   text="is now two topics: large notebooks, and old tablets"),
            Change(kind="merged", subject="Late reminders", text="took in “alarms after travel”"),
            Change(kind="resolved", subject="Broken emoji picker", text="fixed in 4.2, and quiet"),
            Change(kind="left", subject="Spring sale questions", text="below three people"),
        ),
        problems=tuple(item(title, place=n) for n, title in enumerate(PROBLEMS)),
        requests=tuple(
            item(title, place=n, kind="request", asks_for=ASKED[: 2 * (n == 0)])
            for n, title in enumerate(REQUESTS)
        ),
        slow_burners=tuple(item(title, place=9 + n) for n, title in enumerate(SLOW)),
        praise=tuple(item(t, place=6 + n, kind="praise") for n, t in enumerate(PRAISE)),
        questions=tuple(item(t, place=7 + n, kind="question") for n, t in enumerate(QUESTIONS)),
        areas=AREAS,
        watched=14,
        watched_people=22,
        min_people=3,
        not_seen=("reviews failed since Thursday: it answered with a login page.",),
        method=(
            "People are distinct authors; one loud account counts once.",
            "A signal is shown when its chance of being noise, over all that was tested, is below "
            "5 %.",
        ),
    )  # fmt: skip


def small() -> Digest:
    """Return a digest with every kind of field in it, small enough never to be folded."""
    digest = full()
    one = {key: getattr(digest, key)[:1] for key in ("problems", "requests", "slow_burners")}
    return digest.model_copy(
        update=one
        | {
            "decisions": digest.decisions[:2],
            "praise": digest.praise[:1],
            "questions": digest.questions[:1],
        }
    )


def quiet(**changed: object) -> Digest:
    """Return a digest of a good week, in which there is nothing to report."""
    empty = dict.fromkeys(
        (
            "decisions",
            "changes",
            "areas",
            "problems",
            "requests",
            "slow_burners",
            "praise",
            "questions",
        ),
        (),
    )
    usual: dict[str, object] = {
        "headline": "Nothing significant this week",
        "sentences": ("42 people wrote 60 posts, as many as the week before.",),
        "posts": 60, "posts_before": 60, "people": 42, "people_before": 42,
        "sources": (full().sources[0].model_copy(update={"posts": 60, "posts_before": 60}),),
        "watched": 0, "watched_people": 0, "not_seen": (), "method": (),
    }  # fmt: skip
    return full().model_copy(update=empty | usual | changed)
