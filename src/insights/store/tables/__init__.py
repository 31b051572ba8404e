"""The tables: one for each word that lasts longer than a run."""

from insights.store.columns import metadata
from insights.store.tables.archive import (
    copy,
    embedding,
    mark,
    passage,
    post,
    release,
    skipped,
    source,
    template_line,
    tombstone,
)
from insights.store.tables.desk import classifier, correction, delivery, digest, lease
from insights.store.tables.findings import (
    area,
    assignment,
    insight,
    ledger,
    place,
    run,
    signal,
    topic,
    wording,
)

__all__ = [
    "area",
    "assignment",
    "classifier",
    "copy",
    "correction",
    "delivery",
    "digest",
    "embedding",
    "insight",
    "lease",
    "ledger",
    "mark",
    "metadata",
    "passage",
    "place",
    "post",
    "release",
    "run",
    "signal",
    "skipped",
    "source",
    "template_line",
    "tombstone",
    "topic",
    "wording",
]
