"""Facts are read once, kept with their places, and used by ranking, digest and exports."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from insights.digest.content import Digest
from insights.digest.render import render
from insights.models import INTENTS, Post
from insights.pipeline import facts
from insights.pipeline.embed import embed
from insights.pipeline.engine import Engine, Options
from insights.pipeline.lease import Lease
from insights.pipeline.prepare import prepare
from insights.ranking import _severity
from insights.store import digests, passages, posts
from insights.text.mentions import MentionOptions
from tests.worlds import points, world

AT = datetime(2026, 5, 1, tzinfo=UTC)
SAID = (
    "Please add dark mode.",
    "The app crashes on start since 4.2",
    "I cancelled my plan and switched to Inkwell",
    "Good morning",
)


@pytest.fixture
def told(engine: Engine) -> Engine:
    with engine.database.write() as tx:
        posts.save(
            tx,
            "forum",
            [
                Post(source="forum", native_id=str(n), text=text, author=f"a{n}", rating=1.0,
                     created_at=AT + timedelta(hours=n))
                for n, text in enumerate(SAID)
            ],
            AT,
        )  # fmt: skip
    return engine


def learned(engine: Engine) -> tuple[int, dict[str, dict]]:
    with Lease(engine.database) as lease:
        prepare(engine, lease)
        done = facts.learn(engine, lease)
    with engine.database.read() as tx:
        return done, {post.native_id: more[0]["facts"] for post, more in posts.exported(tx)}


def test_facts_are_read_once_and_their_places_are_true(told):
    """A second run has nothing to do; every span reproduces its words."""
    done, found = learned(told)
    assert done == len(SAID)
    assert learned(told)[0] == 0
    assert found["0"]["asks_for"][0]["text"] == "dark mode"
    assert found["1"]["severity"]["cue"] == "crash"
    assert found["2"]["switches_to"][0]["text"] == "Inkwell"
    assert found["3"] == {}
    for number, text in enumerate(SAID):
        for kind in facts.SPANS:
            for span in found[str(number)].get(kind, ()):
                assert text[span["start"] : span["end"]] == span["text"]


def test_other_lists_are_read_for(told):
    """Who adds a name to a list finds it in the posts that are there."""
    learned(told)
    named = MentionOptions(competitors=["Inkwell"])
    done, found = learned(replace(told, options=replace(told.options, mentions=named)))
    assert done == len(SAID)
    assert found["2"]["mentions"] == {"competitors": {"Inkwell": 1}}


def test_a_post_outside_of_the_store_is_read_alike():
    """`classify` says the same, words only."""
    record = {"id": "x", "title": "Crash", "text": "It crashes after the update", "rating": 1}
    said = facts.of_record(record, Options(), {"praise": 0.0, "problem": 1.0})
    assert said["sentiment"] == -1.0
    assert said["fails"] and said["condition"] == ["after the update"]
    assert said["severity"]["level"] == "blocked"
    assert (said["asks_for"], said["leaves"], said["mentions"]) == ([], False, {})


def test_only_what_is_asked_for_is_looked_up(told):
    """A digest reads the facts of the passages it shows, and of no others."""
    learned(told)
    with told.database.read() as tx:
        ids = [row.id for row in passages.without_facts(tx, "nobody", 10)]
        found = passages.facts_of(tx, ids[:2])
    assert list(found) == ids[:2]


def test_worse_words_weigh_more():
    """Of equally sure problems the one that blocks people is the more severe."""
    corpus = world(points(3), [1.0, 1.0, 1.0])
    corpus.intents[:, INTENTS.index("problem")] = 1.0
    corpus.severities[:] = [0.9, 0.2, np.nan]
    blocked, cosmetic, unsaid = (_severity(corpus, np.array([row])) for row in range(3))
    assert blocked > unsaid > cosmetic


def test_a_digest_says_what_several_people_ask_for_and_since_when(lived):
    """In every format: the wish that people share, and the release that the outbreak began with."""
    with lived.database.read() as tx:
        digest = Digest.model_validate(digests.get(tx, digests.every(tx)[-1]["id"]))
    floor = digest.min_people
    asked = [share for item in digest.requests for share in item.asks_for]
    since = [share for item in digest.decisions for share in item.conditions]
    assert any("dark theme" in share.name and share.people >= floor for share in asked)
    assert any(share.name == "Since the update" and share.people >= floor for share in since)
    documents = render(digest)
    assert all(b"ince the update" in document for document in documents.values())
    assert all(b"dark theme" in documents[form] for form in ("html", "md", "json"))


def test_a_post_says_what_any_of_its_passages_says():
    """The export tells the strongest intent, the worst severity, and noise only where all is."""
    spoken = [
        {
            "intents": {"problem": 0.9, "request": 0.1},
            "noise": {"spam": 0.7, "thanks": 0.9},
            "facts": {
                "fails": [{"text": "the sync", "start": 0, "end": 8}],
                "severity": {"score": 0.3, "level": "cosmetic", "cue": "typo"},
                "mentions": {"competitors": {"Inkwell": 1}},
            },
        },
        {
            "intents": {"problem": 0.2, "request": 0.8},
            "noise": {"spam": 0.6},
            "facts": {
                "asks_for": [{"text": "dark mode", "start": 4, "end": 13}],
                "severity": {"score": 0.9, "level": "blocked", "cue": "crash"},
                "mentions": {"competitors": {"Inkwell": 2}},
            },
        },
    ]
    post = facts.of_post(spoken)
    assert post["intents"] == {"problem": 0.9, "request": 0.8}
    assert post["noise"] == {"spam": 0.6}
    assert (post["fails"], post["asks_for"]) == (["the sync"], ["dark mode"])
    assert post["severity"]["level"] == "blocked"
    assert post["mentions"] == {"competitors": {"Inkwell": 3}}
    assert facts.of_post([])["noise"] == {}


def test_the_corpus_knows_who_announces_to_leave(told):
    """The column is read in the database and true for those who leave, and for nobody else."""
    learned(told)
    with Lease(told.database) as lease:
        embed(told, lease)
    with told.database.read() as tx:
        corpus = passages.corpus(tx, told.encoder.name)
    assert dict(zip(corpus.texts, corpus.leaves.tolist(), strict=True)) == {
        text: "cancelled" in text for text in SAID
    }
