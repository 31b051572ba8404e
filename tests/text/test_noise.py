"""What says little is tagged with a reason, and nothing is dropped."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.models import Post
from insights.text.noise import fingerprint, noise, normal_form


def tags(text, author=None):
    at = datetime(2024, 5, 3, tzinfo=UTC)
    post = Post(source="s", native_id="1", text=text, created_at=at, author=author)
    return {tag.name for tag in noise(text, post)}


@pytest.mark.parametrize(
    ("text", "author", "expected"),
    [
        ("", None, {"empty"}),
        ("Thanks a lot!", None, {"thanks"}),
        ("Ok, that worked, thank you very much", None, {"thanks"}),
        ("Merci beaucoup", None, {"thanks"}),
        ("Thanks, but it still crashes on start", None, set()),
        ("+1", None, {"plus_one"}),
        ("Same here!", None, {"plus_one"}),
        ("👍👍", None, {"plus_one"}),
        ("Same here, it also loses my drafts when offline", None, set()),
        ("Bumps the version to 3", "renovate[bot]", {"bot"}),
        ("Hello there everyone", "Talbot", set()),
        ("This topic was automatically closed 30 days after the last reply.", None, {"bot"}),
        ("Earn $500 a day, work from home! WhatsApp me now <PHONE>", None, {"spam"}),
        ("Is there a discount code field at checkout? I cannot find it.", None, set()),
        ("The app crashes when I open a photo.", "jo", set()),
        ("It costs $5 a month, there is no free plan any more!", "jo", set()),
    ],
)
def test_noise_is_told_by_its_reason(text, author, expected):
    """Each kind has its tag; a post with content has none."""
    assert tags(text, author) == expected


def test_tags_say_how_sure_and_why():
    """A score between 0 and 1 and words for people."""
    at = datetime(2024, 5, 3, tzinfo=UTC)
    (tag,) = noise("thanks", Post(source="s", native_id="1", text="thanks", created_at=at))
    assert 0 < tag.score <= 1
    assert tag.reason


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("It CRASHES!!", "it   crashes", True),
        ("ﬁne", "FINE.", True),
        ("👍", "👎", False),
        ("a b", "ab", False),
        ("\ud800", "x", False),
    ],
)
def test_exact_duplicates_share_a_normal_form(one, other, same):
    """Case, width, punctuation and spaces do not count."""
    assert (normal_form(one) == normal_form(other)) is same
    assert (fingerprint(one) == fingerprint(other)) is same


@given(st.text(max_size=400), st.text(max_size=40))
def test_any_post_has_tags_with_scores_and_reasons(text, author):
    """Whatever is written, by whomever."""
    at = datetime(2024, 5, 3, tzinfo=UTC)
    for tag in noise(
        text, Post(source="s", native_id="1", text=text, created_at=at, author=author)
    ):
        assert 0 < tag.score <= 1
        assert tag.name in {"empty", "thanks", "plus_one", "bot", "spam"}


def test_hostile_strings_are_tagged_like_others():
    """Those of the shared collection, where it is there, and some of our own."""
    own = [
        "\ud800",
        "a" * 1_000_000,
        "!" * 100_000,
        "ha" * 50_000,
        "thanks " * 20_000,
        "\x00\u202e",
    ]
    own += ["<" * 10_000, "9" * 100_000, "call " * 5_000 + "1", "http://" * 3_000, "😀" * 20_000]
    path = Path(__file__).parents[3] / "shared/hostile/payloads.jsonl"
    if path.exists():
        own += [json.loads(line)["text"] for line in path.open(encoding="utf-8")]
    for text in own:
        assert all(0 < len(tag) < 30 for tag in tags(text, text[:50]))
