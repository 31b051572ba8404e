"""Lets people start threads and answer each other."""

from __future__ import annotations

from datetime import datetime

from insights.sample.days import END, later, version_at
from insights.sample.dice import Dice
from insights.sample.draft import Draft
from insights.sample.people import Person, Population
from insights.sample.voice import Voice
from insights.sample.words import Theme, table, themes

RATINGS = {
    "problem": ((1, 50.0), (2, 32.0), (3, 18.0)),
    "request": ((3, 35.0), (4, 50.0), (5, 15.0)),
    "question": ((3, 60.0), (4, 40.0)),
    "praise": ((5, 85.0), (4, 15.0)),
    "talk": ((4, 60.0), (5, 40.0)),
}
_REPLIES = {
    "forum": ((0, 33.0), (1, 27.0), (2, 20.0), (3, 12.0), (5, 6.0), (8, 2.0)),
    "tracker": ((0, 28.0), (1, 32.0), (2, 22.0), (4, 13.0), (6, 5.0)),
    "chat": ((0, 60.0), (1, 25.0), (2, 15.0)),
    "reviews": ((0, 1.0),),
}
_TAGS = {"problem": "bug", "request": "feature-request", "question": "question"}


class Community:
    """All that was written, and everybody who wrote it."""

    def __init__(self) -> None:
        self.people = Population()
        self.voice = Voice()
        self.drafts: list[Draft] = []
        self._dice = Dice("threads")

    def start(
        self,
        theme: Theme,
        source: str,
        at: datetime,
        *,
        person: Person | None = None,
        plant: str = "",
        language: str = "",
        version: str = "",
    ) -> Draft:
        """Let somebody start a thread, an issue, a review or a chat message."""
        dice = self._dice
        if not language:
            german = theme.name in themes("german")
            language = "de" if german and dice.chance(0.25) else "en"
        person = person or self.people.anyone(source=source)
        askable = source != "reviews" and language == "en" and bool(theme.asks)
        asks = askable and dice.chance(0.32)
        draft = Draft(
            source=source,
            at=at,
            person=person,
            text=self.voice.opening_post(theme, source, person, asks=asks, language=language),
            theme=theme.name,
            kind="question" if asks else theme.kind,
            language=language,
            plant=plant,
        )
        self._fit(draft, theme, version or version_at(dice, at))
        self.voice.dress(draft)
        self.drafts.append(draft)
        return draft

    def answer(
        self,
        theme: Theme,
        parent: Draft,
        at: datetime,
        *,
        part: str = "answers",
        person: Person | None = None,
        plant: str = "",
    ) -> Draft:
        """Let somebody answer `parent`, with a sentence of this part of the theme."""
        person = person or self._other(parent)
        text = self.voice.reply(theme, part, parent, person)
        kind = theme.kind if part == "says" else "talk"
        return self.attach(parent, at, person, text, theme.name, kind=kind, plant=plant)

    def attach(
        self,
        parent: Draft,
        at: datetime,
        person: Person,
        text: str,
        theme: str,
        *,
        kind: str = "talk",
        plant: str = "",
    ) -> Draft:
        """Put a finished text under `parent`."""
        draft = Draft(
            source=parent.source,
            at=at,
            person=person,
            text=text,
            theme=theme,
            kind=kind,
            space=parent.thread.space,
            language=parent.language,
            opener=parent.thread,
            parent=parent,
            plant=plant,
            reactions=self._dice.count(0.8),
        )
        self.voice.dress(draft)
        self.drafts.append(draft)
        return draft

    def discuss(self, theme: Theme, opener: Draft, *, plant: str = "") -> None:
        """Let the others answer: help, the same trouble, thanks, or nothing at all."""
        dice = self._dice
        thread = [opener]
        for _ in range(dice.weighted(_REPLIES[opener.source])):
            parent = thread[-1] if dice.chance(0.4) else opener
            at = later(dice, max(post.at for post in thread))
            if at >= END:
                return
            if dice.chance(0.14):
                thread.append(self._noise(parent, at))
            elif dice.chance(0.42):
                thread.append(self.answer(theme, parent, at, part="says", plant=plant))
            elif theme.kind in ("problem", "request") and dice.chance(0.13):
                thread.append(self._reassure(theme, parent, at))
            else:
                thread.append(self.answer(theme, parent, at))

    def _noise(self, parent: Draft, at: datetime) -> Draft:
        name = self._dice.pick(("thanks", "plus_one"))
        text = self.voice.phrase(name, parent.language)
        return self.attach(parent, at, self._other(parent), text, "noise")

    def _other(self, parent: Draft) -> Person:
        return self.people.anyone(source=parent.source, besides=frozenset({parent.person.name}))

    def _reassure(self, theme: Theme, parent: Draft, at: datetime) -> Draft:
        text, about = self.voice.phrase("staff", parent.language), "noise"
        if self._dice.chance(0.5):
            text += " " + self.voice.say(theme, "answers", parent.language)
            about = theme.name
        staff = self._dice.pick(self.people.staff)
        return self.attach(parent, at, staff, text, about)

    def _fit(self, draft: Draft, theme: Theme, version: str) -> None:
        dice, source = self._dice, draft.source
        if source == "chat":
            draft.space = dice.pick(("general", "help", "lounge"))
            draft.reactions = dice.count(0.5)
            return
        draft.version = version
        draft.title = self.voice.title(theme, draft.language)
        if source == "reviews":
            draft.rating = dice.weighted(RATINGS[theme.kind])
            draft.space = draft.person.platform
            draft.reactions = dice.count(1.5)
            if dice.chance(0.25):
                draft.title = ""
        elif source == "tracker":
            draft.space = dice.pick(table("words")["repository"])
            draft.tags = tuple(tag for tag in (_TAGS.get(draft.kind),) if tag and dice.chance(0.7))
            draft.reactions = dice.count(2)
        else:
            draft.space = "Deutsch" if draft.language == "de" else theme.space
            draft.reactions = dice.count(2)
            draft.version = version if dice.chance(0.3) else None
