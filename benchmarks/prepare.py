"""How many posts a second are cleaned, redacted, judged for noise and prepared, in what memory?

    python benchmarks/prepare.py [--posts 10000 100000] [--text-only]

Posts are made of the sample community's, so that every run measures the same. Times are of the
processor, of one process; the peak of memory is that of a process of its own for each size.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from insights import sample
from insights.models import Batch, Post

PARAGRAPHS = {"short (1 post)": 1, "medium (5 posts)": 5, "long (40 posts)": 40}
PRIVATE = " Mail jo.{n}@example.org or call +44 20 7946 0{n:03}, from 203.0.113.{b} by @jo_{n}."
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 500


def words() -> list[str]:
    """Return the sample's posts, one text each."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [line for path in sample.write(folder) for line in path.open(encoding="utf-8")]
    return [record["text"] for record in map(json.loads, lines) if record.get("text")]


def posts(count: int, paragraphs: int = 1) -> Iterator[Post]:
    """Make `count` different posts; every tenth holds personal data."""
    texts = words()
    for n in range(count):
        parts = (texts[(n * paragraphs + at) % len(texts)] for at in range(paragraphs))
        text = "\n\n".join(parts) + f" ({n})"
        if n % 10 == 0:
            text += PRIVATE.format(n=n % 1000, b=n % 250)
        yield Post(
            source="bench",
            native_id=str(n),
            text=text,
            created_at=FIRST + timedelta(seconds=n),
            author=f"author{n % 5000}",
            thread_id=f"thread{n // 8}",
        )


def rate(step: Callable[[Post], object], made: list[Post]) -> tuple[float, float]:
    """Measure posts and millions of characters in a second of the processor."""
    begun = time.process_time()
    for post in made:
        step(post)
    seconds = time.process_time() - begun
    return len(made) / seconds, sum(len(post.text) for post in made) / seconds / 1e6


def text_steps() -> None:
    """Print how fast each step on a text is, by length."""
    from insights.text.clean import clean
    from insights.text.noise import fingerprint, noise
    from insights.text.redact import redact

    steps: dict[str, Callable[[Post], object]] = {
        "redact": lambda post: redact(post.text),
        "clean": lambda post: clean(post.text),
        "noise": lambda post: noise(post.text, post),
        "fingerprint": lambda post: fingerprint(post.text),
    }
    print(f"{'step':<12}{'posts':<18}{'posts/s':>10}{'MB/s':>8}")
    for length, paragraphs in PARAGRAPHS.items():
        made = list(posts(2000 // paragraphs + 50, paragraphs))
        for name, step in steps.items():
            a_second, megabytes = rate(step, made)
            print(f"{name:<12}{length:<18}{a_second:>10,.0f}{megabytes:>8.1f}")


def whole(count: int) -> dict[str, float]:
    """Ingest and prepare `count` short posts into a SQLite file; return rates and the peak."""
    from insights.pipeline.engine import Engine
    from insights.pipeline.ingest import save_batch
    from insights.pipeline.lease import Lease
    from insights.pipeline.prepare import prepare
    from insights.store import Database, sources

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        database.migrate()
        engine = Engine(database=database, encoder=None, key=b"k" * 32)  # type: ignore[arg-type]
        with database.write() as tx:
            sources.open_source(tx, "bench", "file")
        made = posts(count)
        begun = time.process_time()
        while batch := tuple(islice(made, BATCH)):
            save_batch(engine, "bench", Batch(cursor={}, posts=batch))
        ingested = time.process_time() - begun
        after_ingest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        begun = time.process_time()
        with Lease(database) as lease:
            done = prepare(engine, lease)
        prepared = time.process_time() - begun
        database.close()
    assert done == count
    return {
        "posts": count,
        "ingest": count / ingested,
        "prepare": count / prepared,
        "ingest_mib": after_ingest,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Measure everything, each archive in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(whole(options.one)))
        return
    text_steps()
    print(f"\n{'archive':>9}{'ingest/s':>10}{'prepare/s':>11}{'MiB ingest':>12}{'MiB peak':>10}")
    for count in options.posts:
        command = [sys.executable, __file__, "--one", str(count)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        print(
            f"{count:>9,}{told['ingest']:>10,.0f}{told['prepare']:>11,.0f}"
            f"{told['ingest_mib']:>12,.0f}{told['peak_mib']:>10,.0f}"
        )


if __name__ == "__main__":
    main()
