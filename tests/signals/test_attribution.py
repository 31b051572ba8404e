"""What a matter's people share is told where it was planted, and nowhere else."""

from datetime import timedelta

import numpy as np
import pytest

from insights.models import Release
from insights.signals.attribution import attribute, said
from tests.worlds import NIGHT, points, world

PLATFORMS = ("iOS 18", "Android 14", "Windows 11")


def read(text: str) -> frozenset[str]:
    """Texts here are what they name, with commas."""
    return frozenset(part for part in text.split(",") if part)


def community(
    mine: list[str], others: list[str], *, days=None, people=None, sources=None, versions=None
):
    """A matter of `mine`, then what the others say, all on the last day unless said."""
    texts = [*mine, *others]
    ago = days or [0.5] * len(texts)
    corpus = world(
        np.repeat(points(1), len(texts), axis=0), ago, texts=texts, people=people, sources=sources
    )
    if versions:
        corpus.versions[:] = [versions[int(p.split(":")[1])] for p in corpus.post_ids]
    rows = np.array([row for row, p in enumerate(corpus.post_ids) if int(p[6:]) < len(mine)])
    return corpus, rows


def traits(corpus, rows, releases=()):
    (found,) = attribute(corpus, [rows], releases, read, NIGHT)
    return found


def test_a_version_that_most_mention_is_told_with_its_figures() -> None:
    corpus, rows = community(
        ["version/4.2.0"] * 11 + [""] * 3,
        ["version/v4.2"] * 12 + ["version/4.1.0"] * 18 + [""] * 70,
    )
    (trait,) = traits(corpus, rows)
    assert (trait.kind, trait.name, trait.people, trait.of) == ("version", "4.2.0", 11, 14)
    assert trait.times == pytest.approx(11 / 14 / (12.5 / 101), abs=0.05)
    assert trait.q < 1e-5
    assert said([trait]) == "; 11 of 14 mention 4.2.0, 6 times their share"


def test_the_field_of_a_post_counts_as_what_it_says() -> None:
    corpus, rows = community([""] * 8, [""] * 60, versions=["v4.2.0"] * 8 + ["4.1.0"] * 60)
    (trait,) = traits(corpus, rows)
    assert (trait.kind, trait.name, trait.people) == ("version", "4.2.0", 8)


def test_people_are_counted_not_posts() -> None:
    """One who writes nine times that it is iOS is one person."""
    corpus, rows = community(
        ["platform/iOS"] * 9 + [""] * 6, [""] * 60, people=[0] * 9 + list(range(1, 67))
    )
    assert traits(corpus, rows) == ()


def test_two_people_are_too_few() -> None:
    corpus, rows = community(["device/Pixel 8"] * 2 + [""], [""] * 2000)
    assert traits(corpus, rows) == ()


def test_of_a_platform_and_its_release_the_more_telling_is_told() -> None:
    both, only = "platform/iOS,platform/iOS 18", "platform/iOS"
    corpus, rows = community([both] * 9 + [""] * 3, [both] * 3 + [only] * 27 + [""] * 70)
    assert [trait.name for trait in traits(corpus, rows)] == ["iOS 18"]


def test_a_source_where_a_matter_is_at_home_is_told() -> None:
    corpus, rows = community(
        [""] * 10, [""] * 90, sources=["reviews"] * 10 + ["forum"] * 75 + ["reviews"] * 15
    )
    (trait,) = traits(corpus, rows)
    assert (trait.kind, trait.name, trait.people) == ("source", "reviews", 10)
    assert said([trait]) == "; 10 of 10 are from reviews, 6 times their share"


def test_reports_that_name_versions_as_others_do_stand_out_by_none() -> None:
    """All of them name the latest version, and so do all others who name any."""
    corpus, rows = community(["version/4.2.0"] * 12, ["version/4.2.0"] * 20 + [""] * 180)
    assert traits(corpus, rows) == ()


def test_what_is_said_of_other_days_does_not_matter() -> None:
    """The others of the same days all have it, those of last week do not."""
    corpus, rows = community(
        ["platform/iOS"] * 10, ["platform/iOS"] * 30 + [""] * 200, days=[0.5] * 40 + [8.5] * 200
    )
    assert traits(corpus, rows) == ()


def test_the_other_sentences_of_a_post_are_read() -> None:
    """The crash in one passage, the phone in the next."""
    corpus, rows = community(
        [""] * 8, ["device/Pixel 8"] * 8 + [""] * 60, people=[*range(8), *range(68)]
    )
    corpus.post_ids[8:16] = corpus.post_ids[:8]
    (trait,) = traits(corpus, rows)
    assert (trait.name, trait.people, trait.of) == ("Pixel 8", 8, 8)


RELEASED = Release(source="app", version="v4.2.0", released_at=NIGHT - timedelta(days=5))
STEADY = np.linspace(0.1, 12, 120).tolist()


def test_a_matter_that_began_with_a_release_is_told() -> None:
    ago = np.linspace(0.2, 4.8, 14).tolist()
    corpus, rows = community([""] * 14, [""] * 120, days=[*ago, *STEADY])
    (trait,) = traits(corpus, rows, [RELEASED])
    assert (trait.kind, trait.name, trait.people, trait.of) == ("release", "4.2.0", 14, 14)
    assert said([trait]).startswith("; 14 of 14 wrote in the days since release 4.2.0, 2 times")


@pytest.mark.parametrize("releases", [[], [RELEASED]], ids=["none known", "one"])
def test_a_matter_that_was_there_before_is_not_of_the_release(releases) -> None:
    ago = np.linspace(0.2, 11.8, 14).tolist()
    corpus, rows = community([""] * 14, [""] * 120, days=[*ago, *STEADY])
    assert traits(corpus, rows, releases) == ()


@pytest.mark.parametrize("size", [0, 1, 2, 14])
def test_where_nobody_else_wrote_there_is_nothing_to_compare(size: int) -> None:
    corpus, rows = community(["version/4.2.0"] * size, [])
    assert traits(corpus, rows.astype(np.int64), [RELEASED]) == ()


def simulated(dice: np.random.Generator, planted: float):
    """A matter of 14 people among 150; of its people `planted` more run one platform."""

    def someone(share: float) -> str:
        if dice.random() < share:
            return "platform/Windows 11"
        return f"platform/{dice.choice(PLATFORMS)}" if dice.random() < 0.4 else ""

    texts = [someone(planted) for _ in range(14)], [someone(0.0) for _ in range(150)]
    corpus, rows = community(*texts, sources=dice.choice(["forum", "chat"], 164).tolist())
    corpus.versions[:] = dice.choice(["4.1.0", "4.2.0", None], 164)
    return traits(corpus, rows)


def test_in_worlds_without_a_cause_hardly_any_is_told() -> None:
    """Of 200 worlds at most the share that the threshold allows, and a little luck."""
    dice = np.random.default_rng(5)
    assert sum(bool(simulated(dice, 0.0)) for _ in range(200)) <= 4


def test_in_worlds_with_a_cause_it_is_the_one_that_is_told() -> None:
    dice = np.random.default_rng(6)
    found = [simulated(dice, 0.8) for _ in range(100)]
    assert sum(any(t.name == "Windows 11" for t in each) for each in found) >= 90
    assert sum(any(t.kind != "platform" for t in each) for each in found) <= 3
