"""How a person puts what is to be said: length, care, markup, quotes, logs."""

from __future__ import annotations

import re

from insights.sample.dice import Deck, Dice
from insights.sample.draft import Draft
from insights.sample.people import Person
from insights.sample.words import Theme, table, themes, vary

_TYPO_WORD = re.compile(r"\b[a-z]{5,}\b")


class Voice:
    """Composes texts. Every list of sentences is a deck, so that none is worn out."""

    def __init__(self) -> None:
        self._dice = Dice("voice")
        self._decks: dict[str, Deck] = {}

    def deal(self, name: str, sentences: tuple[str, ...] | list[str]) -> str:
        """Return one way to say the next sentence of this deck."""
        deck = self._decks.setdefault(name, Deck(name, sentences))
        return vary(deck.deal(), self._dice)

    def phrase(self, name: str, language: str = "en") -> str:
        """Return a phrase that belongs to no theme: an opening, a closing, thanks."""
        key = f"{name}_{language}"
        return self.deal(key, table("phrases")[key])

    def say(self, theme: Theme, part: str, language: str = "en") -> str:
        """Return a sentence of one part of the theme, in this language where it has one."""
        if language == "de":
            theme = themes("german")[theme.name]
            part = part if getattr(theme, part) else "says"
        sentences = getattr(theme, part) or theme.says
        return self.deal(f"{language} {theme.name} {part}", sentences)

    def opening_post(
        self, theme: Theme, source: str, person: Person, *, asks: bool, language: str
    ) -> str:
        """Compose what somebody writes who starts."""
        dice = self._dice
        kind = "question" if asks else theme.kind
        parts = [self.say(theme, "asks" if asks else "says", language)]
        length = self._length(source, person)
        if length > 1 and dice.chance(0.8):
            parts.append(self.say(theme, "adds", language))
        if length > 2:
            parts.append(self.say(theme, "says", language))
        if length > 3:
            parts.append(self.say(theme, "adds", language))
        if length > 1 and dice.chance(0.26):
            parts.insert(0, self.phrase("open_" + kind, language))
        if length > 2 and dice.chance(0.4):
            parts.append(self.phrase("context", language))
        if length > 1 and dice.chance(0.26):
            parts.append(self.phrase("close_" + kind, language))
        return self.style(self._join(parts, source), person)

    def reply(self, theme: Theme, part: str, parent: Draft, person: Person) -> str:
        """Compose an answer, with a piece of the parent quoted now and then."""
        dice = self._dice
        parts = [self.say(theme, part, parent.language)]
        if part == "says":
            if dice.chance(0.4):
                parts.insert(0, self.phrase("metoo", parent.language))
            if dice.chance(0.3):
                parts.append(self.say(theme, "adds", parent.language))
        elif theme.kind not in ("talk", "praise"):
            if dice.chance(0.2):
                parts.insert(0, self.phrase("helper", parent.language))
            if dice.chance(0.4):
                parts.append(self.say(theme, part, parent.language))
            if dice.chance(0.15):
                parts.append(self.phrase("follow_up", parent.language))
        text = self.style(self._join(parts, parent.source), person)
        if parent.source in ("forum", "tracker") and dice.chance(0.16):
            return f"> {_first_sentence(parent.text)}\n\n{text}"
        if parent.source == "forum" and dice.chance(0.08):
            return f"@{parent.person.name} {text}"
        return text

    def title(self, theme: Theme, language: str) -> str:
        """Return a heading."""
        return self.say(theme, "titles", language)

    def style(self, text: str, person: Person) -> str:
        """Write the text down as this person writes."""
        dice = self._dice
        if person.manner == "lower":
            text = text.lower().replace("'", "") if dice.chance(0.5) else text.lower()
            return text.rstrip(".")
        if person.manner == "hasty":
            return self._typos(text)
        if person.manner == "emoji" and dice.chance(0.7):
            return f"{text} {dice.pick(table('words')['emoji'])}"
        if person.manner == "terse":
            return text.rstrip(".")
        return text

    def dress(self, draft: Draft) -> None:
        """Give the text the markup of its platform: lists, emphasis, logs, HTML."""
        dice = self._dice
        if draft.source == "tracker":
            draft.markup = "markdown"
            if draft.opener is None and draft.kind == "problem":
                draft.text += self._report(draft)
        elif draft.source == "forum":
            draft.markup = "markdown"
            if dice.chance(0.06):
                draft.markup, draft.text = "html", _as_html(draft.text)
            elif dice.chance(0.10) and len(draft.text) > 140 and draft.text.count(". ") >= 2:
                first, rest = draft.text.split(". ", 1)
                draft.text = f"**{first}.**\n\n" + "\n".join(f"- {s}" for s in rest.split(". "))
            elif dice.chance(0.04):
                draft.text += "\n\n" + self.phrase("picture")
            elif dice.chance(0.05):
                draft.text += "\n\n" + self.phrase("signature")

    def _report(self, draft: Draft) -> str:
        dice = self._dice
        extra = ""
        if dice.chance(0.4):
            extra += "\n\n" + self.phrase("steps")
        if dice.chance(0.4):
            extra += "\n\n```\n" + self.phrase("log") + "\n" + self.phrase("log") + "\n```"
        if draft.version and dice.chance(0.6):
            extra += f"\n\n**Version:** {draft.version}, {draft.person.platform}"
        return extra

    def _length(self, source: str, person: Person) -> int:
        if person.manner == "terse":
            return 1
        weights = {
            "forum": ((1, 18.0), (2, 37.0), (3, 30.0), (4, 15.0)),
            "tracker": ((1, 15.0), (2, 45.0), (3, 30.0), (4, 10.0)),
            "reviews": ((1, 42.0), (2, 38.0), (3, 16.0), (4, 4.0)),
            "chat": ((1, 80.0), (2, 20.0)),
        }
        return self._dice.weighted(weights[source])

    def _join(self, parts: list[str], source: str) -> str:
        dice = self._dice
        text = ""
        for part in dict.fromkeys(parts):  # a small deck may deal a sentence again
            gap = "\n\n" if source in ("forum", "tracker") and dice.chance(0.18) else " "
            text += (gap if text else "") + part
        return text

    def _typos(self, text: str) -> str:
        dice = self._dice

        def spoil(found: re.Match[str]) -> str:
            word = found.group()
            if not dice.chance(0.07):
                return word
            spot = 1 + dice.below(len(word) - 3)
            if dice.chance(0.5):
                return word[:spot] + word[spot + 1] + word[spot] + word[spot + 2 :]
            return word[:spot] + word[spot + 1 :]

        return _TYPO_WORD.sub(spoil, text)


def _first_sentence(text: str) -> str:
    line = next((line for line in text.split("\n") if line and line[0] not in ">`*-<"), text)
    return max(line.split(". ")[:3], key=len)[:160]


def _as_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    paragraphs = "".join(f"<p>{part}</p>" for part in escaped.split("\n\n"))
    return paragraphs.replace("\n", "<br>")
