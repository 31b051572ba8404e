"""The tables: one for each word that lasts longer than a run."""

from insights.store.columns import metadata
from insights.store.tables.acts import link, sending
from insights.store.tables.archive import (
    account,
    backfill,
    copy,
    embedding,
    mark,
    passage,
    post,
    pull,
    release,
    segment,
    skipped,
    source,
    template_line,
    tombstone,
)
from insights.store.tables.counting import membership
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
    "account",
    "area",
    "assignment",
    "backfill",
    "classifier",
    "copy",
    "correction",
    "delivery",
    "digest",
    "embedding",
    "insight",
    "lease",
    "ledger",
    "link",
    "mark",
    "membership",
    "metadata",
    "passage",
    "place",
    "post",
    "pull",
    "release",
    "run",
    "segment",
    "sending",
    "signal",
    "skipped",
    "source",
    "template_line",
    "tombstone",
    "topic",
    "wording",
]
