"""What every community has besides people who mean it: spam, a flood, copies, bots."""

from __future__ import annotations

from datetime import date, timedelta

from insights.sample.days import DAYS, END, index_of, moment
from insights.sample.dice import Dice
from insights.sample.draft import Draft
from insights.sample.people import Person
from insights.sample.threads import Community
from insights.sample.words import table, vary

FLOOD_ON = date(2026, 3, 25)
FLOOD_POSTS = 120
SPAM_POSTS = 32
CROSS_POSTS = 24
BOT_POSTS = 45
FLOODER = Person("sidebar_avenger", "windows", "free", "careful")
BOTS = (
    Person("stale-bot", "web", "team", "careful"),
    Person("welcome-bot", "web", "team", "careful"),
)


def add_spam(community: Community) -> None:
    """Let advertisers in; each account writes once or twice."""
    dice, words = Dice("spam"), table("noise")
    person = community.people.newcomer()
    for _ in range(SPAM_POSTS):
        source = dice.weighted((("forum", 55.0), ("reviews", 25.0), ("chat", 20.0)))
        if source == "reviews" or dice.chance(0.7):
            person = community.people.newcomer(("ios", "android"))
        draft = Draft(
            source=source,
            at=moment(dice, dice.below(DAYS)),
            person=person,
            text=community.voice.deal("spam", words["spam"]),
            title="" if source == "chat" else community.voice.deal("ads", words["spam_titles"]),
            theme="spam",
            plant="spam",
            space="General" if source == "forum" else source,
            rating=5 if source == "reviews" else None,
        )
        community.drafts.append(draft)


def add_flood(community: Community) -> None:
    """Let one account write the same complaint all evening, never twice the same to the letter."""
    dice, words = Dice("flood"), table("noise")
    for number in range(FLOOD_POSTS):
        at = moment(dice, index_of(FLOOD_ON), hours=(18, 23))
        text = vary(words["flood"], dice)
        draft = Draft(
            source="forum",
            at=at,
            person=FLOODER,
            text=f"{text} {vary(words['flood_end'], dice)} ({number + 1})",
            title=vary(words["flood_title"], dice),
            theme="flood",
            kind="problem",
            plant="flood",
            space="General",
            markup="markdown",
        )
        community.drafts.append(draft)


def add_copies(community: Community) -> None:
    """Let some people put the very same text into a second place."""
    dice = Dice("copies")
    openers = [
        draft
        for draft in community.drafts
        if draft.source == "forum"
        and draft.opener is None
        and len(draft.text) > 80
        and not draft.plant
        and draft.at < END - timedelta(days=2)
    ]
    for original in dice.shuffled(openers)[:CROSS_POSTS]:
        source = dice.pick(("tracker", "chat", "tracker"))
        copy = Draft(
            source=source,
            at=original.at + timedelta(minutes=2 + dice.below(240)),
            person=original.person,
            text=original.text,
            title="" if source == "chat" else original.title,
            theme=original.theme,
            kind=original.kind,
            language=original.language,
            markup=original.markup,
            space="help" if source == "chat" else "app",
            version=original.version,
            plant="duplicates",
        )
        community.drafts.append(copy)


def add_bots(community: Community) -> None:
    """Let the bots of tracker and forum do their duty."""
    dice = Dice("bots")
    openers = [draft for draft in community.drafts if draft.opener is None and not draft.plant]
    for name, bot, source in zip(
        ("stale_bot", "welcome_bot"), BOTS, ("tracker", "forum"), strict=True
    ):
        places = [draft for draft in openers if draft.source == source]
        for opener in dice.shuffled(places)[: BOT_POSTS // 2]:
            wait = timedelta(days=14) if name == "stale_bot" else timedelta(minutes=1)
            if opener.at + wait < END:
                text = community.voice.phrase(name)
                community.attach(opener, opener.at + wait, bot, text, "bot", plant="bots")
