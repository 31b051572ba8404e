"""How well topics match gold labels: ours beside BERTopic's defaults and EVoC's, in one run.

    python benchmarks/topics.py FOLDER [--only NAME] [--vectors FOLDER] [--ours-only]

FOLDER holds a file a data set: CSV with a column of `TEXT` and one of `LABEL`, or TSV without
names, label first.
Vectors come from the default encoder, or from `NAME.npy` in --vectors, a row a text. All
clusterers get the same vectors; the seconds are without embedding. A text that is left out
counts as a member of one cluster of leftovers. BERTopic comes with the project; EVoC does not:
pip install evoc.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

Labels = NDArray[np.int64]
TEXT = ("text", "data")
LABEL = ("label", "category", "ground_truth")
Clusterer = Callable[[NDArray[np.float32], list[str]], Labels]


def ours(vectors: NDArray[np.float32], texts: list[str]) -> Labels:
    from insights.text.language import detect
    from insights.topics.clusterer import NeighbourLeiden
    from insights.topics.geometry import centred

    languages = np.array([detect(text, None) for text in texts], object)
    return NeighbourLeiden().fit(centred(vectors, languages)).labels_


def bertopic(vectors: NDArray[np.float32], texts: list[str]) -> Labels:
    from bertopic import BERTopic

    return np.array(BERTopic(embedding_model=None).fit_transform(texts, vectors)[0])


def evoc(vectors: NDArray[np.float32], texts: list[str]) -> Labels:
    try:
        from evoc import EVoC
    except ImportError:
        raise SystemExit("EVoC is not installed: pip install evoc, or give --ours-only") from None
    return np.asarray(EVoC(random_state=1).fit_predict(vectors))


def sets(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield name, texts and labels of every file."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        text, label = (next(n for n in names if n in rows[0]) for names in (TEXT, LABEL))
        yield path.stem, [row[text] for row in rows], [row[label] for row in rows]
    for path in sorted(folder.glob("*.tsv")):
        lines = [line.split("\t", 1) for line in path.read_text("utf-8").splitlines() if line]
        yield path.stem, [text for _, text in lines], [label for label, _ in lines]


def encoded(texts: list[str]) -> NDArray[np.float32]:
    from insights.embedding import DEFAULT_MODEL, shared_encoder

    return np.asarray(shared_encoder(DEFAULT_MODEL).encode(texts), np.float32)


PEERS: dict[str, Clusterer] = {"ours": ours, "bertopic": bertopic, "evoc": evoc}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--ours-only", action="store_true")
    args = parser.parse_args()
    clusterers = {"ours": ours} if args.ours_only else PEERS
    print("| data | clusterer | ARI | NMI | coverage | topics | seconds |")
    print("|---|---|---|---|---|---|---|")
    for name, texts, gold in sets(args.folder):
        if args.only not in name:
            continue
        held = args.vectors and args.vectors / f"{name}.npy"
        vectors = np.load(held).astype(np.float32) if held else encoded(texts)
        for who, clusterer in clusterers.items():
            begun = time.perf_counter()
            found = clusterer(vectors, texts)
            seconds = time.perf_counter() - begun
            print(
                f"| {name} ({len(set(gold))}) | {who} | {adjusted_rand_score(gold, found):.3f} "
                f"| {normalized_mutual_info_score(gold, found):.3f} | {(found >= 0).mean():.3f} "
                f"| {len(np.unique(found[found >= 0]))} | {seconds:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
