"""Topics whose questions wait longer than is usual stand out, and nothing else does."""

import numpy as np
import pytest

from insights.models import Topic
from insights.signals import unanswered
from insights.signals.detectors import ask
from insights.signals.options import SignalOptions
from tests.worlds import NIGHT, points, world


def topic(number: int) -> Topic:
    return Topic(number=number, title="", keywords=(), status="active", born_at=NIGHT,
                 run_id="", size=1)  # fmt: skip


TOPICS = [topic(number) for number in range(8)]
NEVER = None


class Forum:
    """Threads that open with a question, and at most one answer."""

    def __init__(self, seed: int = 1) -> None:
        self.draw = np.random.default_rng(seed)
        self.rows: list[tuple[float, int, int, str, str, bool, float, bool]] = []
        self.threads = 0

    def ask(self, number, wait, *, ago=None, source="forum", asker=None, answerer=None, bot=False):
        self.threads += 1
        ago = self.draw.uniform(0.1, 55) if ago is None else ago
        asker = 10_000 + self.threads if asker is None else asker
        thread = f"t{self.threads}"
        self.rows.append((ago, asker, number, source, thread, False, 1.0, True))
        if wait is not None and wait < ago:
            other = 50_000 + self.threads if answerer is None else answerer
            self.rows.append((ago - wait, other, -1, source, thread, True, 0.0, not bot))

    def usual(self, *, share=0.7, topics=range(8), each=25, source="forum"):
        for number in topics:
            for _ in range(each):
                answered = self.draw.uniform() < share
                self.ask(number, self.draw.exponential(0.5) if answered else NEVER, source=source)
        return self

    def found(self):
        ago, people, topics, sources, threads, replies, asks, counted = zip(*self.rows, strict=True)
        corpus = world(
            points(len(ago)), ago, people=people, topics=topics, sources=sources, threads=threads,
            replies=replies, counted=counted, intents={"question": asks},
        )  # fmt: skip
        return corpus, ask(corpus, TOPICS, NIGHT, SignalOptions(), [unanswered.detect])


def planted(count: int = 20, **how) -> Forum:
    forum = Forum().usual(topics=range(7))
    for _ in range(count):
        forum.ask(7, NEVER, **how)
    return forum


def test_a_topic_whose_questions_all_wait_is_told_with_its_posts() -> None:
    corpus, (finding,) = planted().found()
    assert (finding.kind, finding.topic) == ("unanswered", 7)
    assert finding.observed == 20 > 1.5 * finding.expected
    assert set(corpus.topics[finding.rows]) == {7}
    assert "had no answer" in finding.why
    assert finding.p <= finding.q < 0.05


def test_where_topics_differ_by_chance_nothing_is_told() -> None:
    """Of 40 communities in which all topics are answered alike, at most two tell anything."""
    assert sum(bool(Forum(seed).usual().found()[1]) for seed in range(40)) <= 2


def test_where_topics_differ_as_a_rule_the_ordinary_ones_are_not_told() -> None:
    """Shares that scatter between topics (beta, standard deviation 0.17) are no finding."""
    told = 0
    for seed in range(40):
        forum = Forum(seed)
        for number in range(8):
            forum.usual(topics=[number], share=forum.draw.beta(4, 3))
        told += len(forum.found()[1])
    assert told <= 4


@pytest.mark.parametrize(
    "forum",
    [
        pytest.param(planted(20, asker=7), id="one person who asks a lot"),
        pytest.param(planted(4), id="fewer people than the floor"),
        pytest.param(planted(20, ago=0.05), id="asked an hour ago"),
        pytest.param(planted(20, ago=70), id="asked long ago"),
        pytest.param(planted(20, source="reviews"), id="where nobody ever answers"),
    ],
)
def test_what_is_no_waiting_is_not_told(forum) -> None:
    assert forum.found()[1] == []


def test_an_answer_to_oneself_or_by_a_bot_is_none() -> None:
    forum = Forum().usual(topics=range(7))
    for place in range(10):
        forum.ask(7, 0.1, asker=900 + place, answerer=900 + place)
        forum.ask(7, 0.1, bot=True)
    assert [finding.topic for finding in forum.found()[1]] == [7]


def test_patience_is_read_off_the_answers_that_come() -> None:
    """Four of five answers come within 1.6 mean waits, however many never come."""
    for share in (0.3, 0.9):
        forum = Forum(3).usual(share=share, each=100)
        assert _patience(forum) == pytest.approx(0.5 * np.log(5), rel=0.25)


def _patience(forum: Forum) -> float:
    corpus, _ = forum.found()
    questions = unanswered._questions(corpus, float(corpus.days.max()) + 0.1)
    return unanswered._patience(corpus, questions, 28)["forum"]


@pytest.mark.parametrize("rows", [0, 3], ids=["nothing", "no threads"])
def test_an_archive_without_threads_says_nothing(rows: int) -> None:
    corpus = world(points(4)[:rows], [1.0] * rows)
    assert ask(corpus, TOPICS, NIGHT, SignalOptions(), [unanswered.detect]) == []
