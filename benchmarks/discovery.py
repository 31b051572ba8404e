"""How long discovery takes, and how much memory: a first night, then one with 1 % new passages.

    python benchmarks/discovery.py FOLDER [--vectors FOLDER] [--passages 20000] [--profile]

FOLDER and --vectors are as for benchmarks/topics.py. Passages are drawn from all texts with
replacement; each gets a vector of its own, turned away from the one it was drawn from by chance
(cosine about 0.9). Timed is what a night does once passages are embedded: topics, their keywords,
titles and areas. Give one number of passages a call: the memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from topics import encoded, sets

from insights.corpus import Corpus, count_words
from insights.models import INTENTS, Topic
from insights.text.language import detect
from insights.text.phrases import analyzer, headline, stop_words
from insights.topics import areas
from insights.topics.discover import Discovery, Night, discover
from insights.topics.label import Style
from insights.topics.options import TopicOptions

NIGHT = Night("benchmark", datetime(2026, 1, 1, tzinfo=UTC))
STYLE = Style(words=lambda text, own: analyzer(own or "en")(text), headline=headline)
TURNED = 0.5
"""Length of the noise that is added to a vector of length 1."""
NEW = 0.01
WARMING = 2000
"""Passages of a first run, which loads libraries: once a process, whatever the archive's size."""


def labelled(
    folder: Path, held: Path | None
) -> tuple[list[str], NDArray[np.float16], list[str | None]]:
    """Return all texts with their vectors and languages."""
    texts: list[str] = []
    vectors: list[NDArray[np.float16]] = []
    for name, read, _ in sets(folder):
        mine = np.load(held / f"{name}.npy") if held else encoded(read)
        vectors.append(mine.astype(np.float16))
        texts += read
    return texts, np.concatenate(vectors), [detect(text, None) for text in texts]


def archive(
    texts: Sequence[str],
    vectors: NDArray[np.float16],
    languages: Sequence[str | None],
    count: int,
) -> Corpus:
    """Draw passages with replacement; all are counted, and nobody has looked at them yet."""
    chance = np.random.default_rng(count)
    drawn = chance.integers(0, len(texts), count)
    noise = chance.standard_normal((count, vectors.shape[1]), np.float32)
    noise *= TURNED / np.linalg.norm(noise, axis=1, keepdims=True)
    turned = noise
    turned += vectors[drawn]
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    names = np.array([str(row) for row in range(count)], object)
    nothing = np.full(count, None, object)
    return Corpus(
        passage_ids=np.arange(count),
        post_ids=names,
        positions=np.zeros(count, np.int64),
        texts=np.array(texts, object)[drawn],
        sayings=np.arange(count),
        words=np.array([count_words(text) for text in texts])[drawn],
        languages=np.array(languages, object)[drawn],
        days=np.arange(count) / count,
        people=np.arange(count),
        sources=np.full(count, "benchmark", object),
        versions=nothing,
        ratings=np.full(count, np.nan),
        threads=nothing,
        replies=np.zeros(count, bool),
        counted=np.ones(count, bool),
        intents=np.zeros((count, len(INTENTS)), np.float32),
        severities=np.full(count, np.nan, np.float32),
        leaves=np.zeros(count, bool),
        topics=np.full(count, -2),
        vectors=turned,
    )


def night(corpus: Corpus, known: Sequence[Topic]) -> tuple[Discovery, list[areas.Area]]:
    """Discover topics and put them into areas."""
    found = discover(corpus, known, options=TopicOptions(), style=STYLE, night=NIGHT)
    parents = areas.group(corpus.with_topics(found.topics), {}, 1)
    topics = found.changed or known
    return found, areas.describe(
        (), parents, topics, run_id="benchmark", as_of=NIGHT.as_of, stop_words=stop_words("en")
    )


def timed(what: str, corpus: Corpus, known: Sequence[Topic]) -> Discovery:
    """Let a night pass and print how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    found, grouped = night(corpus, known)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    print(
        f"{what}: {wall:.1f} s, {cpu:.1f} s of processor, peak {peak:.2f} GB, "
        f"{len(np.unique(found.topics[found.topics >= 0]))} topics, {len(grouped)} areas",
        flush=True,
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    new = max(1, round(NEW * args.passages))
    corpus = archive(*labelled(args.folder, args.vectors), args.passages + new)
    first = corpus.take(slice(0, args.passages))
    profile = cProfile.Profile()
    timed("what it needs is loaded", first.take(slice(0, WARMING)), ())
    if args.profile:
        profile.enable()
    found = timed(f"{args.passages:,} passages, the first night", first, ())
    profile.disable()
    before = np.concatenate([found.topics, np.full(new, -2)])
    timed(f"{new:,} more, the next night", corpus.with_topics(before), found.changed)
    if args.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


if __name__ == "__main__":
    main()
