"""What is hidden in the archive on purpose, and on which days it comes up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from insights.sample.days import DAYS, END, busyness, index_of, later, moment
from insights.sample.dice import Dice
from insights.sample.draft import Draft
from insights.sample.threads import Community
from insights.sample.words import Theme, themes

LOUD, QUIET = "vanishing_ink", "guest_links"
LOUD_FROM, QUIET_FROM, FIXED_ON = date(2026, 4, 16), date(2026, 4, 27), date(2026, 4, 21)
LOUD_DAYS = (16, 24, 15, 14, 27, 24, 15, 10, 8, 4, 4, 5, 4, 3, 3, 2, 1, 1, 1, 1)
QUIET_DAYS = (4, 5, 3, 4, 4, 3, 3, 5, 4, 4, 5, 4, 3, 3)
CLOCK_DAYS = ((date(2026, 3, 9), (4, 5, 4, 2, 2)), (date(2026, 3, 30), (5, 5, 4, 3, 2)))

TITLES = {
    LOUD: "Handwriting disappears from pages after the update to 4.2.0",
    QUIET: "Guests are told that freshly shared links have expired",
    "linux_app": "A desktop app for Linux",
    "voice_to_text": "Voice recordings turned into text",
    "kanban_view": "A board view for tasks",
    "search_misses": "Search misses notes that are there",
    "sync_conflicts": "Sync leaves conflicted copies and overwrites edits",
    "android_widget": "The Android widget stays blank or old",
    "reminder_hour": "Reminders are an hour off after the clock change",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One thing that is hidden in the archive, and all that a finder of it should find.

    `kind` is `emerging`, `growing`, `steady`, `falling`, `returned`, `unanswered`, `spam`,
    `flood`, `duplicates`, `bots`, `edits`, `deletions` or `canaries`. `post_ids` are
    `source:native-id` in the order of time; `people` are the account names behind them.
    """

    kind: str
    name: str
    title: str
    sources: tuple[str, ...]
    onset: date
    peak: date
    post_ids: tuple[str, ...]
    people: tuple[str, ...]
    onset_people: int
    """How many distinct people wrote on the first day."""


def _growing(day: int) -> float:
    return 0.1 + 1.8 * day / DAYS


def _falling(day: int) -> float:
    return 1.6 - 1.6 * day / 45 if day < 45 else 0.0


def _steady(day: int) -> float:
    return 1.0


TRENDS: dict[str, tuple[str, Callable[[int], float]]] = {
    "linux_app": ("growing", _growing),
    "voice_to_text": ("growing", _growing),
    "kanban_view": ("growing", _growing),
    "search_misses": ("steady", _steady),
    "sync_conflicts": ("steady", _steady),
    "android_widget": ("falling", _falling),
}
KINDS = {LOUD: "emerging", QUIET: "emerging", "reminder_hour": "returned"} | {
    name: kind for name, (kind, _) in TRENDS.items()
}


def plant_trends(community: Community) -> None:
    """Let the lasting problems and the slow requests run their course."""
    for name, (_, trend) in TRENDS.items():
        talk(community, themes("planted")[name], trend, plant=name)


def talk(
    community: Community, theme: Theme, trend: Callable[[int], float], *, plant: str = ""
) -> None:
    """Let people start threads on this theme through all the weeks."""
    dice = Dice(f"talk {theme.name}")
    due, started, turn = 0.0, 0, dice.between(0, 1)
    for index in range(DAYS):
        due += theme.rate * trend(index) * busyness(index)
        # What is due by a day is kept to: by chance alone a steady theme would rise or fall.
        while due >= started + turn:
            started, turn = started + 1, dice.between(0, 1)
            source = dice.weighted(theme.sources)
            opener = community.start(theme, source, moment(dice, index), plant=plant)
            community.discuss(theme, opener, plant=plant)


def plant_outbreaks(community: Community) -> None:
    """Let the issues that have a first day break out."""
    outbreaks = [(LOUD, LOUD_FROM, LOUD_DAYS), (QUIET, QUIET_FROM, QUIET_DAYS)]
    outbreaks += [("reminder_hour", start, counts) for start, counts in CLOCK_DAYS]
    for name, start, counts in outbreaks:
        _Outbreak(community, name, start).run(counts)


class _Outbreak:
    """Many people who find the same trouble and put it in their own words."""

    def __init__(self, community: Community, name: str, start: date) -> None:
        self._community, self._name, self._start = community, name, start
        self._theme = themes("planted")[name]
        self._dice = Dice(f"outbreak {name} {start}")
        self._threads: list[Draft] = []

    def run(self, counts: tuple[int, ...]) -> None:
        for offset, count in enumerate(counts):
            index = index_of(self._start) + offset
            first = (6, 24) if offset == 0 else (0, 24)
            moments = sorted(moment(self._dice, index, hours=first) for _ in range(count))
            people: frozenset[str] = frozenset()
            for at in moments:
                draft = self._report(at, people)
                people |= {draft.person.name}

    def _report(self, at: datetime, besides: frozenset[str]) -> Draft:
        dice, community, theme = self._dice, self._community, self._theme
        source = dice.weighted(theme.sources)
        person = community.people.anyone(source=source, besides=besides)
        open_threads = [
            thread
            for thread in self._threads
            if thread.source == source and at - thread.at < timedelta(days=6)
        ]
        share = {"forum": 0.55, "tracker": 0.5, "chat": 0.3, "reviews": 0.0}[source]
        if open_threads and dice.chance(share):
            parent = dice.pick(open_threads)
            return community.answer(theme, parent, at, part="says", person=person, plant=self._name)
        draft = community.start(
            theme,
            source,
            at,
            person=person,
            plant=self._name,
            language=self._language(),
            version=self._version(at),
        )
        if source != "reviews":
            self._threads.append(draft)
            self._help(draft)
        return draft

    def _language(self) -> str:
        german = self._name in themes("german")
        return "de" if german and self._dice.chance(0.12) else "en"

    def _version(self, at: datetime) -> str:
        if self._name != LOUD:
            return ""
        return "4.2.1" if at.date() > FIXED_ON and self._dice.chance(0.15) else "4.2.0"

    def _help(self, opener: Draft) -> None:
        dice, community = self._dice, self._community
        for _ in range(dice.weighted(((0, 55.0), (1, 33.0), (2, 12.0)))):
            at = later(dice, opener.at)
            if at >= END:
                continue
            if self._name == LOUD and dice.chance(0.4):
                self._say_officially(opener, at)
            else:
                community.answer(self._theme, opener, at)

    def _say_officially(self, opener: Draft, at: datetime) -> None:
        people, voice = self._community.people, self._community.voice
        fixed = at.date() > FIXED_ON
        person = people.anyone(source=opener.source) if fixed else self._dice.pick(people.staff)
        text = voice.phrase("fixed_loud" if fixed else "staff_loud")
        self._community.attach(opener, at, person, text, self._name)
