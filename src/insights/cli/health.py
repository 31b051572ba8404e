"""What doctor says of each source and of each delivery that did not arrive, or may not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

SHOWN_REASONS = 5
COUNTS = ("new", "changed", "deleted", "skipped", "expired")


def lines(source: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line on a source, as `store.health` tells of it, then what there is to add."""
    name, state = source["name"], source["state"]
    if state == "ok":
        yield f"ok  source {name}: {source['posts'] or 0:,} posts{_behind(source)}"
    else:
        yield f"!!  source {name} {state}: {source['note']}{_behind(source)}"
    if source["resume_at"]:
        until = f"{source['resume_at']:%Y-%m-%d %H:%M} UTC"
        yield f"    is left alone until {until}, unless it is named: insights ingest {name}"
    if pull := source["last_pull"]:
        yield f"    last pull ({pull['state']}): {_counts(pull)}"
    recheck = source["last_recheck"]
    if recheck and (recheck["asked"] or recheck["state"] != "ok"):
        said = f"{recheck['asked']:,} posts asked for again, {_counts(recheck)}"
        sign = "  " if recheck["state"] == "ok" else "!!"
        note = f"; {recheck['state']}: {recheck['note']}" if recheck["note"] else ""
        yield f"{sign}  last recheck: {said}{note}"
    if purge := source["last_purge"]:
        yield f"    last purge ({purge['at']:%Y-%m-%d}): {purge['deleted']:,} posts"
    for reason, number in list(source["skip_reasons"].items())[:SHOWN_REASONS]:
        yield f"--  {name} skipped {number:,} in its last pull: {reason}"


def undelivered(row: Mapping[str, Any]) -> str:
    """Say of a row of `store.deliveries` that failed, or is unknown or outdated, what helps."""
    place, why = row["place"], row["detail"]
    address = f" --address {row['address']}" if row["address"] else ""
    command = f"insights digest send {row['digest_id']} --to {row['channel']}{address}"
    if row["status"] == "unknown":
        return (
            f"!!  it is not known whether {place.told} got {row['digest_id']} ({why}); if it did: "
            f"{command} --arrived, else: {command} --again"
        )
    if row["status"] == "outdated":
        return (
            f"!!  {place.told} has {row['digest_id']} with words that were erased since ({why}); "
            f"the next run tries again, or now: {command} --again"
        )
    return (
        f"!!  {place.told} did not get {row['digest_id']}: {why}; the next run tries again, or "
        f"now: {command}"
    )


def still_quoting(row: Mapping[str, Any]) -> str:
    """Say of a row of `store.sendings` that holds words that are gone what is to be done."""
    from insights.store.sendings import place

    return (
        f"!!  {place(row)}, opened for {row['subject']}, quotes words that are gone since "
        f"{row['outdated_at']:%Y-%m-%d}; take them out there by hand, then say so: "
        f"insights links --cleaned {row['url'] or row['key']}"
    )


def _counts(pull: Mapping[str, Any]) -> str:
    said = [f"{pull[name]:,} {name}" for name in COUNTS if pull[name] or name != "expired"]
    if pull["requests"]:
        said.append(f"{pull['requests']:,} requests, {pull['waited_s']:,.0f} s waited")
    return ", ".join(said)


def _behind(source: Mapping[str, Any]) -> str:
    known = {"newest post": source["newest_lag_s"], "last read": source["success_lag_s"]}
    said = [f"{what} {_ago(seconds)} ago" for what, seconds in known.items() if seconds is not None]
    return "".join(f", {each}" for each in said)


def _ago(seconds: float) -> str:
    """Say how long ago something was.

    >>> _ago(50), _ago(7200), _ago(200_000)
    ('0 min', '2 h', '2 days')
    """
    past = timedelta(seconds=max(0.0, seconds))
    if past < timedelta(hours=1):
        return f"{past // timedelta(minutes=1)} min"
    hours = past // timedelta(hours=1)
    return f"{hours} h" if hours < 48 else f"{past.days} days"
