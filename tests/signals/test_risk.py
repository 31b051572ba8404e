"""Leaving, quarrels and harm stand out where they are more than usual, and nothing else does."""

import numpy as np
import pytest

from insights.signals import risk
from insights.signals.detectors import ask
from insights.signals.options import SignalOptions
from tests.worlds import NIGHT, points, world


def find(corpus):
    return ask(corpus, (), NIGHT, SignalOptions(), [risk.detect])


def community(ago, *, seed=1, texts=None, leaves=None, people=None, usual=1500, leaving=0.002):
    """Eight weeks and more of talk, some of it about leaving, and then what is planted."""
    draw = np.random.default_rng(seed)
    days = [*draw.uniform(0.01, 75, usual), *ago]
    going = [*(draw.uniform(size=usual) < leaving), *(leaves or [False] * len(ago))]
    said = [f"we talk of this and that number {row}" for row in range(usual)]
    names = [*draw.integers(0, 400, usual), *(people or range(9000, 9000 + len(ago)))]
    return world(
        points(len(days)), days, people=names, leaves=going,
        texts=[*said, *(texts or ["nothing of note was said here"] * len(ago))],
    )  # fmt: skip


def test_many_who_leave_at_once_are_told() -> None:
    corpus = community(np.linspace(0.2, 6, 9), leaves=[True] * 9)
    (finding,) = find(corpus)
    assert finding.kind == "risk"
    assert finding.observed >= 9 > 5 * finding.expected
    assert corpus.leaves[finding.rows].all()
    assert "that they leave or switch" in finding.why


@pytest.mark.parametrize(
    "corpus",
    [
        pytest.param(community([]), id="nobody more than usual"),
        pytest.param(community([1] * 4, leaves=[True] * 4, leaving=0), id="below the floor"),
        pytest.param(community([1] * 9, leaves=[True] * 9, people=[7] * 9), id="one who says it"),
        pytest.param(community([9] * 9, leaves=[True] * 9), id="last week"),
        pytest.param(community([1] * 9, leaves=[True] * 9, leaving=0.1), id="as many as ever"),
    ],
)
def test_leaving_as_usual_is_not_told(corpus) -> None:
    assert find(corpus) == []


def test_usual_weeks_are_seldom_told() -> None:
    assert sum(bool(find(community([], seed=seed, leaving=0.01))) for seed in range(40)) <= 2


HARM = {
    "accounts taken over": ["my account was hacked", "Mein Konto wurde gestern gehackt",
                            "mi cuenta fue hackeada ayer"],
    "wrong charges": ["I was charged twice for June", "mir wurde doppelt abgebucht",
                      "on m'a débité deux fois ce mois"],
    "lost data": ["total data loss after the update", "alle meine Notizen sind weg",
                  "j'ai perdu toutes mes notes hier"],
    "leaked data": ["there is a data breach at work", "das ist ein Datenleck bei euch",
                    "hay una filtración de datos aquí"],
    "injuries": ["I got an electric shock from it", "meine Tochter wurde verletzt davon",
                 "nous voilà aux urgences pour ça"],
    "fire and heat": ["the charger caught fire at night", "das Gerät hat Feuer gefangen",
                      "mi cargador se incendió anoche"],
    "threats and stalking": ["somebody is stalking me with it", "ich bekam eine Morddrohung davon",
                             "on me fait du chantage avec ça"],
}  # fmt: skip


@pytest.mark.parametrize("kind", HARM)
def test_three_people_who_speak_of_harm_are_told_in_any_language(kind: str) -> None:
    (finding,) = find(community([0.2, 0.5, 1.5], texts=HARM[kind]))
    assert finding.observed == 3
    assert finding.why.startswith(f"3 people speak of {kind} within 2 days")


@pytest.mark.parametrize(
    "text",
    [
        "there was no data loss at all this time",
        "a memory leak in the renderer is leaking memory",
        "please support the fire tablet and the fire tv stick",
        "we hacked together a small plugin for it",
        "this feature is fire and I love it",
        "how do I delete a note that is old",
        "is my account still on the old plan",
    ],
)
def test_harmless_words_are_no_harm(text: str) -> None:
    assert find(community([0.2, 0.5, 1.5, 1.6], texts=[text] * 4)) == []


def test_two_people_or_one_loud_one_are_not_enough() -> None:
    assert find(community([0.2, 0.5], texts=["my account was hacked"] * 2)) == []
    loud = community([0.2, 0.5, 1.0], texts=["my account was hacked"] * 3, people=[8, 8, 8])
    assert find(loud) == []


def test_harm_that_is_spoken_of_every_day_is_usual() -> None:
    often = np.linspace(0.1, 74, 150)
    assert find(community(often, texts=["my account was hacked"] * 150)) == []


def threads(last: tuple[int, int, int], *, seed=1, count=80, share=(2, 4), ago=1.0):
    """Threads whose displeased share scatters, and a last one: people, displeased, posts each."""
    draw = np.random.default_rng(seed)
    rows = []
    for thread in range(count):
        when, bad = draw.uniform(0.1, 55), draw.beta(*share)
        rows += [
            (when, 100 * thread + who, f"t{thread}", draw.uniform() < bad)
            for who in range(draw.integers(2, 12))
        ]
    people, displeased, posts = last
    rows += [
        (ago, 900_000 + who, "hot", who < displeased) for who in range(people) for _ in range(posts)
    ]
    when, names, thread, bad = zip(*rows, strict=True)
    return world(
        points(len(when)), when, people=names, threads=thread,
        intents={"problem": [0.9 if angry else 0.1 for angry in bad]},
    )  # fmt: skip


def test_a_heated_thread_is_told() -> None:
    corpus = threads((20, 20, 2), share=(2, 10))
    (finding,) = find(corpus)
    assert set(corpus.threads[finding.rows]) == {"hot"}
    assert finding.why.startswith("20 of 20 people in one thread are displeased")


@pytest.mark.parametrize(
    "corpus",
    [
        pytest.param(threads((20, 4, 2)), id="a long and friendly one"),
        pytest.param(threads((4, 4, 5), share=(2, 10)), id="four people"),
        pytest.param(threads((7, 7, 1), share=(2, 10)), id="a post each, of a few"),
        pytest.param(threads((20, 20, 2), share=(6, 1)), id="where all are displeased"),
        pytest.param(threads((20, 20, 2), share=(2, 10), ago=20), id="weeks ago"),
    ],
)
def test_what_is_no_quarrel_is_not_told(corpus) -> None:
    assert find(corpus) == []


def test_threads_that_scatter_as_ever_are_seldom_told() -> None:
    """A last thread drawn like all others: over 40 communities at most two are told."""
    told = 0
    for seed in range(40):
        bad = int(np.random.default_rng(seed).binomial(12, np.random.default_rng(seed).beta(2, 4)))
        told += len(find(threads((12, bad, 2), seed=seed)))
    assert told <= 2


def test_an_empty_archive_holds_no_risk() -> None:
    assert find(world(points(1)[:0], [])) == []
