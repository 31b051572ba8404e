"""Spam is told from what only looks like it, and the model learns."""

import random

import pytest

from insights.text import spam_training
from insights.text.spam import SpamModel, features, shipped


@pytest.mark.parametrize(
    "text",
    [
        "Get paid 300 dollars daily from home, text me on WhatsApp <PHONE>",
        "You have won a gift card! Click here to claim your prize http://win.example",
        "Cheap loans, fast approval, contact <EMAIL> today",
        "Use my referral code AB12 and get free coins, download now",
    ],
)
def test_what_advertises_is_spam(text):
    """In other words than those that were learned from."""
    assert shipped().score(text) >= 0.5
    assert shipped().why(text)


@pytest.mark.parametrize(
    "text",
    [
        "The yearly subscription went up to $79 and the free plan is gone.",
        "PLEASE BRING BACK THE OLD EDITOR!!! THE NEW ONE IS AWFUL!!!",
        "The discount code from the newsletter is refused at checkout.",
        "See https://docs.example/install for how to switch it on.",
        "Your gift card page gives me error 500.",
        "Call quality is bad since 4.2, I hear nothing.",
        "+1",
        "",
    ],
)
def test_what_people_mean_is_none(text):
    """Prices, shouting, links and the words of advertisers do not make spam of feedback."""
    assert shipped().score(text) < 0.5


def examples(seed):
    """Return made-up posts about a boat yard, of which advertisers always name the same three."""
    dice = random.Random(seed)
    usual = ["mast", "sail", "rope", "anchor", "deck", "hull", "wind", "keel", "tide", "crew"]
    lures = ["zorblex", "frumious", "vandyle"]
    texts, spam = [], []
    for number in range(120):
        words = dice.sample(usual, 7)
        if number % 3 == 0:
            words[2:4] = dice.sample(lures, 2)
        texts.append(" ".join(words))
        spam.append(number % 3 == 0)
    return texts, spam


def test_what_is_taught_is_found_in_posts_that_were_left_out():
    """Words that no seed holds are learned, and the figures say so."""
    texts, spam = examples(1)
    found = [features(text) for text in texts]
    said = spam_training.left_out(found, spam, [], [])
    assert spam_training.figures(spam, said).f1 > 0.95


def test_what_is_taught_on_top_of_a_model_leaves_what_it_knew():
    """A few corrections do not make a model forget."""
    texts, spam = examples(2)
    first = spam_training.learn([features(text) for text in texts], spam)
    corrected = ["a blue kettle for the galley " + tail for tail in ("soon", "today", "maybe")]
    found = [features(text) for text in [*texts[:12], *corrected]]
    second = spam_training.learn(found, [*spam[:12], True, True, True], base=first)
    assert all(second.score(text) >= 0.5 for text in corrected)
    known, truth = examples(3)
    said = [second.score(text) >= 0.5 for text in known]
    assert spam_training.figures(truth, said).f1 > 0.95


def test_a_word_of_one_text_is_not_learned():
    """It teaches nothing and may be a name."""
    found = [features(text) for text in ("cheap pills", "cheap loans", "a bug", "a wish", "a Zora")]
    model = spam_training.learn(found, [True, True, False, False, False])
    assert "cheap" in model.weights
    assert "zora" not in model.weights


def test_a_model_is_the_same_when_it_is_read_again():
    """And its bytes are the same, too."""
    data = shipped().to_bytes()
    again = SpamModel.from_bytes(data)
    assert again.to_bytes() == data
    text = "Buy now, only $5!"
    assert again.score(text) == pytest.approx(shipped().score(text), abs=0.002)


def test_the_shipped_model_is_the_one_that_the_seeds_teach():
    """Building it anew gives scores like those that it has."""
    built = spam_training.build()
    for text in ("You won a prize, click here", "It crashes on start", "Win $500 now!!!"):
        assert built.score(text) == pytest.approx(shipped().score(text), abs=0.1)


def test_figures_are_those_of_spam():
    """Two of three found, one of them by mistake."""
    told = spam_training.figures([True, True, False, False], [True, False, True, False])
    assert told == (0.5, 0.5, 0.5)
