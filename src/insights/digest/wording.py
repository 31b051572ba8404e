"""The sentences of a digest: each says numbers that the digest holds, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from insights.digest.content import Digest
from insights.models import Insight, Signal

NEXT_STEPS = {
    "emerging": "Reproduce it with the quoted posts, then say in those threads that it is known.",
    "rising": "Read the newest quotes: decide whether this needs somebody this week.",
    "regression": "Reopen it: hold the newest quotes against the fix, and ask for their version.",
    "returned": "Compare it with what was done the last time, then tell the people of both times.",
    "risk": "Read every quote today and answer in those threads in person.",
    "momentum": "Weigh it anew: ask three of those who are new to it what they need it for.",
    "unanswered": "Answer the oldest of these posts today, then put the answer where it is found.",
    "falling": "If a fix was shipped, tell the people who reported it.",
    "problem": "Check whether the tracker knows it; if not, open an issue with these quotes.",
    "request": "Weigh it against the roadmap; answer one thread with the decision.",
    "question": "Answer it once in the documentation and link that answer.",
    "praise": "Keep it working; share it with the people who built it.",
}


def next_step(insight: Insight) -> str:
    """Return what a product team would do next about an insight of this kind."""
    return NEXT_STEPS.get(insight.kind, "")


def headline(digest: Digest) -> str:
    """Return the finding of the digest in one line."""
    if not digest.decisions and digest.warming:
        return f"Too little history yet to tell what is new in {count(digest.posts, 'post')}"
    if not digest.decisions:
        whom = f" for {digest.audience}" if digest.audience else ""
        return f"Nothing significant{whom} in {count(digest.posts, 'post')}"
    first = digest.decisions[0]
    more = len(digest.decisions) - 1
    tail = f", and {count(more, 'more finding')}" if more else ""
    return f"{first.title} ({count(first.people, 'person')}){tail}"


def sentences(digest: Digest) -> tuple[str, ...]:
    """Return three facts: how much was said, what stands out, what could be seen."""
    said = (
        f"{count(digest.people, 'person')} wrote {count(digest.posts, 'post')}; "
        f"{count(digest.people_before, 'person')} wrote {count(digest.posts_before, 'post')} "
        "in the period before."
    )
    new = [item for item in digest.decisions if item.kind == "emerging"]
    if new:
        people = count(new[0].people, "person")
        stands_out = f"{count(len(new), 'emerging issue')}, first “{new[0].title}” with {people}."
    elif digest.decisions and digest.decisions[0].kind == "regression":
        first = digest.decisions[0]
        stands_out = f"“{first.title}” is back after a fix, {count(first.people, 'person')}."
    elif digest.decisions:
        findings = count(len(digest.decisions), "finding")
        stands_out = f"{findings} beyond what is usual, first “{digest.decisions[0].title}”."
    else:
        whom = f" for {digest.audience}" if digest.audience else ""
        stands_out = f"Nothing new stands out{whom} beyond chance."
    if digest.warming and not digest.decisions:
        stands_out = "There is too little history yet to tell what stands out."
    working = sum(source.state == "ok" for source in digest.sources)
    seen = (
        f"{working} of {count(len(digest.sources), 'source')} delivered; "
        f"{digest.coverage:.0%} of the passages belong to a topic."
    )
    return said, stands_out, seen


def not_seen(digest: Digest, waves: Sequence[Signal] = ()) -> tuple[str, ...]:
    """Return what the digest is blind to: young and broken sources, waves, unreadable items."""
    found = [*digest.warming, *digest.gaps]
    found += [
        f"A coordinated wave: {wave.why} ({wave.id}); it counts nowhere as demand"
        for wave in waves
        if digest.period.start <= wave.last_at <= digest.period.end
        if wave.people >= digest.min_people
    ]
    for source in digest.sources:
        if source.state == "failed":
            found.append(f"{source.name} failed: {source.note}")
        elif source.state == "waiting":
            found.append(f"{source.name} asked us to come back later: {source.note}")
        elif source.state == "silent":
            found.append(f"{source.name} was silent in this period; it is not read as a fall")
        elif source.failed:
            found.append(
                f"{source.name} could not be read to its end on {count(source.failed, 'night')} "
                f"of {source.pulls}; what it still shows of them has come since"
            )
    for source in digest.sources:
        if source.unchecked:
            found.append(
                f"{source.name} could not be asked for its older posts again, so edits and "
                f"deletions may be missing: {source.unchecked}"
            )
    for source in digest.sources:
        if source.skipped:
            found.append(
                f"{source.name}: {count(source.skipped, 'item')} could not be read; "
                "see insights doctor"
            )
    return tuple(found)


def method(
    digest: Digest,
    worded: Mapping[str, str] | None = None,
    attributions: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Return how the numbers were made, and what is to be said of the quoted sources.

    `worded` gives the model that worded a title.
    """
    return (
        "People are distinct authors. Duplicates and noise are part of the totals of posts and "
        "people; no finding counts or quotes them. A post without an author counts as a person of "
        "its own.",
        "An emerging issue is a spot of like meaning where more people spoke in two days than a "
        "negative binomial of the eight weeks before explains; q is its chance of being noise "
        "after Benjamini and Hochberg over all spots of the night.",
        "Rising and falling topics are held against their own past, each source by its own "
        "volume; a silent source lowers what is expected and never reads as a fall.",
        "A topic that returned was quiet for four whole weeks. Risks (people who leave, heated "
        "threads, words of harm) and unanswered questions are held against what is usual in the "
        "same sources, and a request that gains is held against its own age.",
        f"Below {count(digest.min_people, 'person')} nothing is shown or quoted. "
        + _authorship(worded or {}),
        *(f"Posts of {name}: {told}." for name, told in sorted((attributions or {}).items())),
    )


def _authorship(worded: Mapping[str, str]) -> str:
    if not worded:
        return "No language model wrote any of this: titles and quotes are people's own words."
    titles = ", ".join(f"“{title}”" for title in worded)
    return (
        f"Worded by a language model ({', '.join(sorted(set(worded.values())))}) and checked "
        f"against the posts: {titles}. All other titles and all quotes are people's own words."
    )


def count(number: int, noun: str) -> str:
    """Say a number with its noun, in the plural where it needs one.

    >>> count(1, "person"), count(2, "person"), count(3, "post")
    ('1 person', '2 people', '3 posts')
    """
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} people" if noun == "person" else f"{number:,} {noun}s"
