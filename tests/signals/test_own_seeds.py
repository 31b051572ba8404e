"""People add seeds of their own, and what they corrected outweighs the shipped ones."""

import pytest

from insights.errors import SettingsError
from insights.signals.intent_training import build, mend, seeds, train


def test_own_seeds_are_added(encoder):
    """A file of one's own has the form of the shipped one, and outvotes it where both name one."""
    own = 'praise = ["chapeau bas"]\n"problem+question" = ["why is it dead"]'
    texts, labels = seeds(own)
    assert dict(zip(texts, labels, strict=True))["why is it dead"] == {"problem", "question"}
    assert len(texts) == len(seeds()[0]) + 2
    vector = encoder.encode(["chapeau bas"])
    before = build(encoder).scores(vector, ["chapeau bas"])[0]["praise"]
    assert build(encoder, own).scores(vector, ["chapeau bas"])[0]["praise"] > before


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("praise = [", "cannot be read"),
        ('wish = ["more"]', "'wish' is none of problem"),
        ('praise = "one"', "must be a list"),
        ("praise = [1]", "must be a list"),
    ],
)
def test_wrong_seeds_are_told(own, told):
    """The error says what a file of seeds looks like."""
    with pytest.raises(SettingsError, match=told):
        seeds(own)


def test_a_correction_outweighs_what_the_seeds_say(encoder):
    """After being told, the model reads the same sentence as people do."""
    texts, labels = seeds()
    seeded = encoder.encode(texts), texts, labels
    said = ["the wheel sings again"] * 2
    vectors = encoder.encode(said)
    mended = mend(seeded, vectors, said, [frozenset({"praise"})] * 2)
    before = train(*seeded).scores(vectors, said)[0]["praise"]
    assert mended.scores(vectors, said)[0]["praise"] > max(before, 0.5)
