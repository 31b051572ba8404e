"""Posts are told apart by what they ask for, and a model can be learned, saved and refused."""

import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from insights.errors import InsightsError, UsageError
from insights.models import INTENTS
from insights.signals.cues import CUES, WIDTH, cue_features
from insights.signals.intent import IntentModel, shipped, title_and_body
from insights.signals.intent_report import held_out, report
from insights.signals.intent_training import build, seeds, teach, train
from insights.signals.terms import Terms


class Letters:
    """A small encoder: how often each letter pair's hash comes, rows of length 1."""

    name = "letters"

    def encode(self, texts):
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for a, b in zip(text.lower(), text.lower()[1:], strict=False):
                vectors[row, (ord(a) * 31 + ord(b)) % 64] += 1
        return vectors / np.maximum(1e-9, np.linalg.norm(vectors, axis=1, keepdims=True))


LABELLED = [
    (f"{text} {number}", label)
    for number in range(12)
    for text, label in [
        ("It crashes when I open the page", "bug"),
        ("Please add a switch for the page", "feature"),
        ("How do I open the page?", "question"),
    ]
]
TEXTS = [text for text, _ in LABELLED]
LABELS = [label for _, label in LABELLED]


def test_every_intent_has_many_varied_seeds():
    """At least 150 sentences an intent, none twice."""
    texts, labels = seeds()
    assert len(set(texts)) == len(texts)
    assert set().union(*labels) == set(INTENTS)
    assert all(sum(name in names for names in labels) >= 150 for name in INTENTS)


def test_cues_are_seen():
    """Each cue is a column; an unmarked text has none but its length."""
    assert len({name for name, _ in CUES}) == len(CUES)
    rows = cue_features(["How do I open it?", "tree", "Please add a dark mode"])
    assert rows.shape == (3, WIDTH)
    assert rows[0].sum() > 3
    assert rows[1][:-3].sum() == 0


def test_any_set_of_labels_can_be_learned():
    """Scores of an exclusive model add up to one and name the labels that were given."""
    vectors = Letters().encode(TEXTS)
    model = train(vectors, TEXTS, LABELS)
    scores = model.scores(vectors, TEXTS)
    assert [max(said, key=said.get) for said in scores] == LABELS
    assert set(scores[0]) == {"bug", "feature", "question"}
    assert all(abs(sum(said.values()) - 1) < 0.01 for said in scores)


def test_two_labels_are_enough():
    """A yes-or-no model is not turned around."""
    texts = [text for text, label in LABELLED if label != "question"]
    labels = [label for label in LABELS if label != "question"]
    vectors = Letters().encode(texts)
    said = train(vectors, texts, labels).scores(vectors, texts)
    assert [max(scores, key=scores.get) for scores in said] == labels


def test_several_labels_may_hold():
    """A model of sets scores each name by itself."""
    sets = [
        frozenset({label, "page"}) if i % 2 else frozenset({label})
        for i, label in enumerate(LABELS)
    ]
    model = train(Letters().encode(TEXTS), TEXTS, sets)
    assert not model.exclusive
    assert set(model.names) == {"bug", "feature", "question", "page"}


def test_one_label_cannot_be_learned():
    """The error says what is missing."""
    with pytest.raises(UsageError, match="two different labels"):
        train(Letters().encode(["a", "b"]), ["a", "b"], ["x", "x"])


def test_a_saved_model_scores_the_same():
    """Bytes out, bytes in; without pickles."""
    vectors = Letters().encode(TEXTS)
    model = train(vectors, TEXTS, LABELS)
    again = IntentModel.from_bytes(model.to_bytes())
    assert again.scores(vectors, TEXTS) == model.scores(vectors, TEXTS)
    assert again.to_bytes() == model.to_bytes()


def test_vectors_of_another_encoder_are_refused():
    """The error says what to do."""
    with pytest.raises(InsightsError, match="train it again"):
        shipped().scores(np.zeros((1, 64), dtype=np.float32), ["x"])


def test_title_and_body_stand_side_by_side(intents, encoder):
    """Each with what the untaught model says of it; a missing part is a row of zeros."""
    both = title_and_body(encoder, intents, ["Title", ""], ["Body", "Body"])
    half = 128 + len(INTENTS)
    assert both.shape == (2, 2 * half)
    assert not both[1, :128].any()
    assert both[0, 128:half].any()


TITLED = [f"{text}\n{'## Steps' if label == 'bug' else '## Idea'}" for text, label in LABELLED]


def asked(labels, vectors=None):
    """Score every post by a model that was taught without it."""
    vectors = Letters().encode(TITLED) if vectors is None else vectors

    def score(learn, ask):
        model = teach(vectors[learn], [TITLED[i] for i in learn], [labels[i] for i in learn])
        return model.scores(vectors[ask], [TITLED[i] for i in ask])

    return report(labels, held_out(labels, score), sorted({*labels}))


def test_a_model_that_learned_nothing_can_be_told():
    """Cross-validated figures are high for real labels and low for shuffled ones."""
    assert asked(LABELS).macro_f1 > 0.95
    shuffled = [LABELS[(i * 7 + i // 5) % len(LABELS)] for i in range(len(LABELS))]
    assert asked(shuffled).macro_f1 < 0.7


def test_figures_are_those_of_the_textbook():
    """Precision, recall, F1 and support by label, and who was taken for whom."""
    found = report(
        ["a", "a", "b", "b"], [{"a": 0.9}, {"b": 0.9}, {"b": 0.8}, {"b": 0.7}], ["a", "b"]
    )
    assert (found.figures["a"].precision, found.figures["a"].recall) == (1.0, 0.5)
    assert found.figures["b"].f1 == pytest.approx(0.8)
    assert found.confusion == {("a", "a"): 1, ("a", "b"): 1, ("b", "b"): 2}
    assert found.macro_f1 == pytest.approx((2 / 3 + 0.8) / 2)


def test_several_labels_are_judged_each_by_itself():
    """A name counts from 0.5 on, and there is no confusion table."""
    labels = [frozenset({"a", "b"}), frozenset(), frozenset({"b"})]
    found = report(labels, [{"a": 0.6, "b": 0.6}, {"a": 0.5, "b": 0.1}, {"b": 0.4}], ["a", "b"])
    assert found.figures["a"].precision == 0.5
    assert found.figures["b"].recall == 0.5
    assert not found.confusion


def test_no_post_is_scored_by_a_model_that_saw_it():
    """The parts are dealt so that each label is in all of them."""
    seen = []
    held_out(LABELS, lambda learn, ask: seen.append((learn, ask)) or [{}] * len(ask))
    assert sorted(row for _, ask in seen for row in ask) == list(range(len(LABELS)))
    assert all(not {*learn} & {*ask} for learn, ask in seen)
    assert all({LABELS[row] for row in ask} == {*LABELS} for _, ask in seen)


def test_single_posts_are_nothing_to_learn_from():
    """The error says how many posts are the least."""
    with pytest.raises(UsageError, match="two posts each"):
        held_out(["a", "b", "b"], lambda learn, ask: [{}] * len(ask))


def test_the_answer_below_a_heading_is_learned():
    """Templates tell a label by a line, even where all vectors are the same."""
    texts = [f"Title {i}\n### Kind\n{'Defect' if i % 2 else 'Wish'}\nBody {i}" for i in range(20)]
    labels = ["bug" if i % 2 else "wish" for i in range(20)]
    same = np.ones((20, 4), dtype=np.float32) / 2
    said = teach(same, texts, labels).scores(
        same[:2], ["New\n### Kind\nWish", "New\n### Kind\nDefect"]
    )
    assert [max(scores, key=scores.get) for scores in said] == ["wish", "bug"]


def test_words_can_be_taught_for_several_labels():
    """A set of names a post: each is scored by itself, and a name that all have is always said."""
    sets = [frozenset({label, "page"}) for label in LABELS]
    vectors = Letters().encode(TEXTS)
    said = teach(vectors, TEXTS, sets).scores(vectors, TEXTS)
    assert all(scores["page"] > 0.5 for scores in said)
    assert all(
        (scores["bug"] > 0.5) == (label == "bug")
        for scores, label in zip(said, LABELS, strict=True)
    )


def test_terms_are_the_same_dense_and_sparse():
    """Learning reads the sparse form, scoring the dense one; rows have length 1 or 0."""
    terms = Terms.of(TITLED)
    dense = terms.features([*TITLED, "unknown"])
    assert np.allclose(dense, terms.sparse([*TITLED, "unknown"]).toarray())
    assert np.allclose(np.linalg.norm(dense, axis=1)[:-1], 1)
    assert not dense[-1].any()


def test_learning_is_repeatable():
    """The same posts give the same bytes."""
    assert build(Letters()).to_bytes() == build(Letters()).to_bytes()


def test_scoring_needs_no_scikit_learn():
    """A night that only scores does not pay for training."""
    code = (
        "import sys, numpy; from insights.signals.intent import shipped;"
        "shipped().scores(numpy.zeros((1, 384), dtype='float32'), ['x']);"
        "sys.exit('sklearn' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


FRESH = [
    ("The sound cuts out whenever I plug in my headset.", {"problem"}),
    ("since this morning the dashboard stays empty", {"problem"}),
    ("I get a timeout for each request larger than a megabyte", {"problem"}),
    ("Two of the chairs arrived with scratches and a missing screw.", {"problem"}),
    ("My progress was wiped when I changed servers", {"problem"}),
    ("It won't open any files anymore", {"problem"}),
    ("compiler crashes with an internal error on generic lambdas", {"problem"}),
    ("Touch input is dead on the lower half of the display.", {"problem"}),
    ("Please add a way to rename albums.", {"request"}),
    ("It would be nice to have a weekly overview.", {"request"}),
    ("I wish I could set my own ringtone.", {"request"}),
    ("Support for keyboard navigation in the tree view", {"request"}),
    ("add an option to mute single channels", {"request"}),
    ("Could you make the buttons larger?", {"request"}),
    ("A night bus on weekends would be great.", {"request"}),
    ("How do I share a folder with my team?", {"question"}),
    ("Does the cheap plan include phone support?", {"question"}),
    ("what is the maximum file size", {"question"}),
    ("Can anyone explain how the points are counted?", {"question"}),
    ("Where can I see my past orders?", {"question"}),
    ("Which of the two models is quieter?", {"question"}),
    ("Love it, works perfectly!", {"praise"}),
    ("Best purchase I have made in a long time.", {"praise"}),
    ("Thank you, the new version is so much faster.", {"praise"}),
    ("super easy to use and looks beautiful", {"praise"}),
    ("The crew was friendly and we landed early. Great trip!", {"praise"}),
    ("We will meet at the library on Tuesday.", {"other"}),
    ("Closing this as a duplicate.", {"other"}),
    ("Version 7.1: new icons, faster start, bug fixes.", {"other"}),
    ("I have two of them at home.", {"other"}),
]


@pytest.mark.model
def test_the_shipped_model_knows_fresh_sentences_and_comes_from_the_seeds():
    """Nine of ten new sentences are read right, and the file is what the seeds give."""
    from insights.signals.intent_training import _Default

    encoder = _Default()
    texts = [text for text, _ in FRESH]
    said = shipped().scores(encoder.encode(texts), texts)
    wrong = [
        (text, scores)
        for (text, expected), scores in zip(FRESH, said, strict=True)
        if max(scores, key=scores.get) not in expected
    ]
    assert len(wrong) <= 3, wrong

    held = IntentModel.from_bytes(files("insights.signals").joinpath("intent.npz").read_bytes())
    rebuilt = build(encoder)
    assert rebuilt.names == held.names
    assert np.abs(rebuilt.weights - held.weights).max() < 0.02
