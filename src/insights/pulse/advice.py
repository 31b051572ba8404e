"""What a community manager does when a figure moves."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Plan(NamedTuple):
    """How a figure is called, whether more of it is good, and what to do when it moves."""

    title: str
    good: Literal["up", "down"] | None
    falls: str
    rises: str

    def named(self, days: float) -> str:
        """Return what the figure is called where answers are looked for so many days."""
        horizon = "a day" if days == 1 else f"{days * 24:.0f} hours"
        return self.title.format(horizon=horizon)


PLANS = {
    "people": Plan(
        "Active people", "up",
        "See in By area and by source where people are missing, then ask three regulars what "
        "keeps them away.",
        "See under Needs a decision what brought them, and have somebody at hand to welcome them.",
    ),
    "new_people": Plan(
        "New people", "up",
        "Try to sign up and to write a first post as a stranger: look for what stands in the way.",
        "Welcome them by name this week: whoever is answered the first time comes back.",
    ),
    "answered": Plan(
        "Questions answered within {horizon}", "up",
        "Answer the questions below today, and say who looks at new ones on which day.",
        "Find out what helped, and thank those who did it; put the best answers into the docs.",
    ),
    "first_answer": Plan(
        "Median time to a first answer", "down",
        "Keep what made it quick, and tell the people who did it.",
        "Look at which hours and topics wait; a short first reply that says who looks is enough.",
    ),
    "waiting": Plan(
        "People without an answer after {horizon}", "down",
        "Keep it up, and put the answers where the next ones will look.",
        "Take the topic with most of them first: one answer in the docs serves them all.",
    ),
    "peers": Plan(
        "Questions answered by peers first", "up",
        "See whether helpers left or staff became quicker; leave easy questions to peers a while.",
        "Thank the helpers, and ask whether they want rights or early access.",
    ),
    "helpers": Plan(
        "People who help others", "up",
        "Write to those who helped before and do not now, and ask newcomers to answer one thing.",
        "Thank them in public if they like it, and give them what they lack, such as rights.",
    ),
    "busiest": Plan(
        "People who give half of all answers", "up",
        "The help rests on few: ask more people in, before one of those few is ill or tired.",
        "The load is spread wider: tell the busiest that they may take a rest.",
    ),
    "mood": Plan(
        "Mood (praise less problems, −1 to 1)", "up",
        "Read the problems and risks of this digest, and say in one place what is being done.",
        "Read the praise: keep what it names, and show it to the people who built it.",
    ),
}  # fmt: skip
"""By key, in the order in which they are shown."""


def advice(key: str, moved: str | None) -> str:
    """Return what to do; for a figure that did not move, what to do if it does."""
    plan = PLANS[key]
    if moved:
        return plan.rises if moved == "up" else plan.falls
    if plan.good == "down":
        return f"If it rises: {_lower(plan.rises)}"
    return f"If it falls: {_lower(plan.falls)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
