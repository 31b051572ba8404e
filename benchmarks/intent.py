"""How well are posts told apart by what they ask for? Prints the tables of docs/intent.md.

    python benchmarks/intent.py FOLDER

FOLDER holds the public files nlbse24_train.csv (repo, title, body, label), maalej2016.csv (title,
comment, label) and minibar_*.csv (data, problem_report, feature_request); what is not there is
left out.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from insights.embedding import DEFAULT_MODEL, shared_encoder
from insights.pipeline.engine import Engine
from insights.pipeline.intents import classify
from insights.pipeline.lessons import train
from insights.signals.intent_report import Report, report
from insights.store import Database

INTENTS = ("problem", "request")


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    csv.field_size_limit(2**31 - 1)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def engine(folder: str) -> Engine:
    """Put an engine together with an empty database."""
    database = Database(f"sqlite:///{folder}/benchmark.db")
    database.migrate()
    return Engine(database=database, encoder=shared_encoder(DEFAULT_MODEL), key=b"k" * 32)


def untaught(
    folder: Path,
) -> Iterator[tuple[str, Report, list[frozenset[str]], list[frozenset[str]]]]:
    """Score reviews with the shipped model; yield name, report, labels and what was said."""
    for path in [*sorted(folder.glob("minibar_*.csv")), *folder.glob("maalej2016.csv")]:
        posts, labels = [], []
        for row in rows(path):
            if "data" in row:
                flags = (row["problem_report"], row["feature_request"])
                held = [float(flag or 0) == 1 for flag in flags]
                posts.append({"text": row["data"]})
            else:
                held = [row["label"] == "Bug", row["label"] == "Feature"]
                posts.append({"title": row["title"], "text": row["comment"] or row["title"]})
            labels.append(frozenset(n for n, has in zip(INTENTS, held, strict=True) if has))
        with tempfile.TemporaryDirectory() as here:
            said = classify(engine(here), posts, None)
        given = [frozenset(n for n in INTENTS if scores[n] >= 0.5) for scores in said]
        yield path.stem, report(labels, said, INTENTS), labels, given


def trained(folder: Path) -> Iterator[tuple[str, Report, float]]:
    """Teach one classifier a repository from every other issue and ask it about the rest."""
    issues = rows(folder / "nlbse24_train.csv")
    learn, ask = issues[::2], issues[1::2]
    for repo in sorted({row["repo"] for row in issues}):
        with tempfile.TemporaryDirectory() as here:
            ours, began = engine(here), time.monotonic()
            train(ours, [_post(row) for row in learn if row["repo"] == repo], "type")
            seconds = time.monotonic() - began
            asked = [row for row in ask if row["repo"] == repo]
            said = classify(ours, [_post(row) for row in asked], "type")
        labels = [row["label"] for row in asked]
        yield repo, report(labels, said, sorted(set(labels))), seconds


def _post(row: dict[str, str]) -> dict[str, str]:
    text = row["body"] or row["title"]
    return {"id": row["title"], "title": row["title"], "text": text, "intent": row["label"]}


def _table(head: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for line in lines:
        cells = [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in line]
        print(f"| {' | '.join(cells)} |")


def main(folder: Path) -> None:
    """Print all tables."""
    lines, confusion = [], []
    for name, found, labels, given in untaught(folder):
        for intent in INTENTS:
            f = found.figures[intent]
            lines.append([name, intent, f.precision, f.recall, f.f1, f.support])
        pairs = Counter(zip(map(_name, labels), map(_name, given), strict=True))
        kinds = ("problem", "request", "problem+request", "neither")
        confusion += [[name, kind, *[pairs[kind, said] for said in kinds]] for kind in kinds]
    _table(("untaught", "intent", "precision", "recall", "F1", "posts"), lines)
    _table(
        ("untaught", "is", "said problem", "said request", "said both", "said neither"), confusion
    )
    if (folder / "nlbse24_train.csv").is_file():
        _trained_tables(folder)


def _trained_tables(folder: Path) -> None:
    lines, pairs, figures = [], Counter[tuple[str, str]](), []
    for repo, found, seconds in trained(folder):
        figures.append(found.macro_f1)
        f1 = [figure.f1 for figure in found.figures.values()]
        lines.append([repo, *f1, found.macro_f1, f"{seconds:.0f}"])
        pairs.update(found.confusion)
    labels = sorted({label for label, _ in pairs})
    lines.append(["mean", *[""] * len(labels), sum(figures) / len(figures), ""])
    _table(("trained", *labels, "macro F1", "seconds"), lines)
    _table(
        ("is", *(f"said {s}" for s in labels)),
        [[a, *[pairs[a, b] for b in labels]] for a in labels],
    )


def _name(held: frozenset[str]) -> str:
    return "+".join(sorted(held)) or "neither"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
