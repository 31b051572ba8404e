"""Every number of a digest can be counted again and every quote found; what cannot, is not said."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, update

from insights import feedback
from insights.digest import behind, figures
from insights.digest.claims import of
from insights.digest.content import Digest, Item
from insights.digest.moves import items
from insights.digest.query import Claim, Evidence
from insights.digest.recount import differing, recount
from insights.digest.render import render
from insights.pipeline import claims, nightly
from insights.pipeline.engine import Engine
from insights.pipeline.erase import erase, purge
from insights.pipeline.people import Account, link
from insights.pulse.options import Roles
from insights.store import digests, posts, tables
from tests.pipeline import village

NIGHT = "D-20260331-020000"


def read(engine: Engine, digest_id: str = NIGHT) -> tuple[Digest, list[Claim], dict[str, Any]]:
    """Return a stored digest, its claims and what the store gives for them."""
    with engine.database.read() as tx:
        digest, about, archive = claims.archive_of(tx, digest_id, Roles())
    stated = list(of(digest, about))
    return digest, stated, recount(stated, archive)


def failing(engine: Engine, digest_id: str = NIGHT) -> list[str]:
    _, stated, counted = read(engine, digest_id)
    return [claim.path for claim in differing(stated, counted)]


def live(engine: Engine) -> tuple[Digest, Digest]:
    """Return a digest as it was composed, and as it would go out now that nobody has had it."""
    with engine.database.write() as tx:
        digest = Digest.model_validate(digests.get(tx, NIGHT))
        about = Evidence.model_validate(digests.evidence(tx, NIGHT)[0])
        return digest, claims.grounded(tx, digest, about, Roles())[0]


def change(engine: Engine, table: Any, where: Any, **values: Any) -> None:
    with engine.database.write() as tx:
        assert tx.execute(update(table).where(where).values(**values)).rowcount >= 1


def numbers(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every number in a digest as data."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from numbers(part, f"{path}/{name}")
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from numbers(part, f"{path}/{place}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def test_every_number_and_quote_is_claimed_and_holds(lived: Engine) -> None:
    """Two numbers are settings; ages follow from when something was born, places from order."""
    digest, stated, counted = read(lived)
    assert differing(stated, counted) == []
    known = {claim.path for claim in stated}
    assert {"people", "posts_before", "coverage", "watched", "sources/forum/posts"} <= known
    for item in items(digest):
        follows = {"age_days": True, "moved": {"place", "causes", "parts"}}
        mine = set(numbers(item.model_dump(exclude=follows)))
        told = {path.removeprefix(f"items/{item.id}") for path in known}
        shares = {path for path in mine if path.rpartition("/")[2] in ("people", "of", "times")}
        assert {path for path in mine - shares if path not in told} == set()
        assert {p.rpartition("/")[0] for p in shares if p.count("/") == 3} <= told
        quotes = f"items/{item.id}/quotes/"
        assert len(item.quotes) == sum(path.startswith(quotes) for path in known)
    assert digest.pulse is not None
    for figure in digest.pulse.figures:
        lists = {path.rstrip("0123456789/") for path in numbers(figure.model_dump())}
        assert {f"pulse/{figure.key}{path}" for path in lists} <= known
    assert set(numbers(digest.pulse.model_dump(include={"waiting"}), "pulse")) <= known
    rest = set(numbers(digest.model_dump(exclude=ELSEWHERE)))
    settings = {"/schema_version", "/min_people"}
    assert {path.removeprefix("/") for path in rest - settings} <= known


SECTIONS = ("decisions", "problems", "requests", "slow_burners", "praise", "questions", "changes")
ELSEWHERE = {*SECTIONS, "sources", "areas", "pulse", "judged"}


def outbreak(digest: Digest) -> Item:
    return next(item for item in digest.decisions if item.kind == "emerging")


def test_an_author_who_changes_moves_people_and_no_posts(lived: Engine) -> None:
    """Two of the outbreak turn out to be one: exactly the counts of people of its scopes fall."""
    digest, _, _ = read(lived)
    with lived.database.read() as tx:
        two = [posts.by_id(tx, [f"forum:{n}"])[f"forum:{n}"].author for n in (9200, 9201)]
    p = tables.post.c
    change(lived, tables.post, (p.native_id == "9201"), author=two[0])
    fell = [path for path in failing(lived) if not path.startswith("pulse/")]
    assert f"items/{outbreak(digest).id}/people" in fell
    assert all("people" in p or "weeks" in p or "by_" in p or "accounts" in p or "fails" in p
               or "conditions" in p for p in fell)  # fmt: skip
    assert not [path for path in fell if path.endswith(("posts", "coverage"))]


def test_a_post_that_is_gone_moves_exactly_what_counted_it(lived: Engine) -> None:
    """Posts by one; people where its author wrote nothing else there; its quotes; nothing more."""
    with lived.database.read() as tx:
        digest, about, archive = claims.archive_of(tx, NIGHT, Roles())
    gone = outbreak(digest).quotes[0].post_id
    expected = set()
    for claim in of(digest, about):
        rows = archive.together(claim.query.of)
        mine = [row for row in rows if row.post == gone]
        others = {row.person for row in rows if row.post != gone}
        hit = {
            "posts": bool(mine),
            "people": any(row.person not in others for row in mine),
            "quote": claim.query.post == gone,
            "share": bool(mine) and recount_share(rows, gone) != claim.value,
        }.get(claim.query.measure, False)
        expected |= {claim.path} if hit else set()
    with lived.database.write() as tx:
        posts.remove(tx, *[gone.partition(":")[0], [gone.partition(":")[2]]])
    assert expected >= {"posts", f"items/{outbreak(digest).id}/people"}
    fell = failing(lived)
    assert "pulse/people/value" in fell
    others = {path for path in fell if not path.startswith("pulse/")}
    assert others - {"sources/reviews/newest_at"} == expected


def recount_share(rows: Any, gone: str) -> float:
    left = [row for row in rows if row.post != gone]
    return round(sum(row.topic is not None for row in left) / len(left), 4)


def test_a_passage_that_moves_takes_its_item_out_before_anybody_has_read_it(
    lived: Engine,
) -> None:
    digest, _, _ = read(lived)
    item = next(i for i in digest.problems + digest.requests + digest.questions if i.topic_id)
    a, c = tables.assignment.c, tables.passage.c
    with lived.database.read() as tx:
        key = posts.keys_of(tx, [item.quotes[0].post_id])[item.quotes[0].post_id]
        passage = tx.execute(c.id.table.select().where(c.post_id == key)).first().id
    change(lived, tables.assignment, a.passage_id == passage, topic_id=None)
    before, now = live(lived)
    assert item.id in {i.id for i in items(before)}
    assert item.id not in {i.id for i in items(now)}
    left = {i.id for i in items(before)} - {i.id for i in items(now)}
    assert left == {i.id for i in items(before) if i.topic_id == item.topic_id and i.id in left}
    assert any(line.startswith(f"{item.id} was left out") for line in now.not_seen)
    assert any(line.startswith("coverage:") for line in now.not_seen)
    assert f"{now.coverage:.0%}" in now.sentences[2]


def test_a_quote_that_no_longer_stands_in_its_post_is_not_shown(lived: Engine) -> None:
    """Its item is, and says so."""
    digest, _, _ = read(lived)
    item = outbreak(digest)
    post_id = item.quotes[0].post_id
    change(lived, tables.post, tables.post.c.native_id == post_id[6:], text="nothing of this")
    assert failing(lived) == [f"items/{item.id}/quotes/0"]
    _, now = live(lived)
    shown = next(i for i in items(now) if i.id == item.id)
    assert [quote.post_id for quote in shown.quotes] == [q.post_id for q in item.quotes[1:]]
    assert f"{item.id} is shown without a quote: the store does not confirm it." in now.not_seen


def test_a_statistic_that_its_signal_does_not_say_takes_the_item_out(lived: Engine) -> None:
    digest, _, _ = read(lived)
    item = outbreak(digest)
    change(lived, tables.signal, tables.signal.c.id == item.id.partition("-")[2], expected=0.25)
    assert failing(lived) == [f"items/{item.id}/expected"]
    _, now = live(lived)
    assert item.id not in {i.id for i in items(now)}
    assert item.title not in now.headline + " ".join(now.sentences)
    assert item.id not in {change.subject for change in now.changes}


def test_figures_of_the_community_that_the_store_does_not_confirm_are_not_shown(
    lived: Engine,
) -> None:
    """Three posts turn out to be spam before the digest has gone out: they count for no figure."""
    c = tables.passage.c
    with lived.database.read() as tx:
        keys = posts.keys_of(tx, [f"forum:{n}" for n in (9200, 9201, 9202)]).values()
    change(lived, tables.passage, c.post_id.in_(keys), noise={"spam": 1.0})
    assert "pulse/people/value" in failing(lived)
    before, now = live(lived)
    fell = {f.key for f in before.pulse.figures} - {f.key for f in now.pulse.figures}
    assert "people" in fell
    assert [line for line in now.not_seen if line.startswith("Community health, ")]


def test_what_readers_said_is_counted_again_as_it_was_then(lived: Engine) -> None:
    """A verdict of a later day is none of that night; one that is gone falls."""
    item = outbreak(read(lived)[0])
    feedback.tell(lived.database, NIGHT, item.id, "useful", by="ann")
    after = village.NIGHT + timedelta(hours=6)
    second = nightly.run(lived, as_of=after, community=village.COMMUNITY, publishing=False).digest
    assert [one.useful for one in second.judged] == [1]
    feedback.tell(lived.database, NIGHT, item.id, "wrong", by="ben")
    assert failing(lived, second.id) == []
    with lived.database.write() as tx:
        tx.execute(delete(tables.correction))
    assert f"judged/{item.kind}/useful" in failing(lived, second.id)
    with lived.database.write() as tx:
        about = Evidence.model_validate(digests.evidence(tx, second.id)[0])
        now = claims.grounded(tx, second, about, Roles())[0]
    assert now.judged == ()
    assert not [line for line in now.method if "readers said" in line]
    assert [line for line in now.not_seen if line.startswith("What readers said of emerging")]


def test_accounts_that_are_linked_later_do_not_change_what_was_said(lived: Engine) -> None:
    """People are who was known to be one when the digest was composed."""
    names = village.PEOPLE[:2]
    link(lived, [Account("line 1", "somebody", "forum", name) for name in names])
    assert failing(lived) == []


def test_what_comes_late_does_not_change_what_was_said(lived: Engine, tmp_path: Path) -> None:
    """A post of an earlier day belongs to the next digest, and so does what topics became."""
    path = tmp_path / "lived/forum.jsonl"
    line = '{"id": "9999", "author": "Late", "created_at": "%s", "text": "%s"}\n'
    at = (village.NIGHT - timedelta(days=2)).isoformat()
    path.write_text(path.read_text() + line % (at, village.OUTBREAK.format(a="late")))
    after = village.NIGHT + timedelta(days=1)
    second = nightly.run(lived, as_of=after, community=village.COMMUNITY).digest
    assert failing(lived) == []
    assert failing(lived, second.id) == []
    with lived.database.read() as tx:
        then, now = (claims.archive_of(tx, d, Roles())[2].rows for d in (NIGHT, second.id))
    assert "forum:9999" in {row.post for row in now} - {row.post for row in then}


def test_erasing_corrects_counts_and_leaves_a_tombstone(lived: Engine, tmp_path: Path) -> None:
    """The corrected digest holds again, names the post nowhere, and says that it was corrected."""
    before, _, _ = read(lived)
    item = outbreak(before)
    gone = item.quotes[0]
    assert erase(lived, post=gone.post_id) == 1
    after, _, _ = read(lived)
    assert failing(lived) == []
    now = next(i for i in items(after) if i.id == item.id)
    assert (now.people, now.posts) == (item.people - 1, item.posts - 1)
    assert after.posts == before.posts - 1
    assert before.people - after.people in (0, 1)
    assert len(now.taken_out) == 1
    assert after.not_seen[-1].startswith("Corrected on ")
    assert f"wrote {after.posts} posts" in after.sentences[0]
    assert [row for row in village.texts(lived.database) if gone.post_id in row] == []
    published = (tmp_path / "lived/digests" / f"{NIGHT}.html").read_text()
    assert "A quote was taken out on" in published
    assert gone.text not in published


def test_what_falls_below_the_floor_is_taken_out_of_old_digests(lived: Engine) -> None:
    """Its title goes with it, and it is counted among what is watched."""
    before, _, _ = read(lived)
    item = outbreak(before)
    with lived.database.read() as tx:
        _, about, archive = claims.archive_of(tx, NIGHT, Roles())
    theirs = sorted({row.post for row in archive.of(about.items[item.id])})
    for post_id in theirs[:-2]:
        erase(lived, post=post_id)
    after, _, _ = read(lived)
    assert item.id not in {i.id for i in items(after)}
    assert after.watched > before.watched
    assert item.title not in after.headline
    assert failing(lived) == []
    assert item.id not in {change.subject for change in after.changes}


def test_posts_behind_a_number_are_shown_only_above_the_floor(lived: Engine) -> None:
    """Of totals only what belongs to topics with enough people; of what is watched nothing."""
    with lived.database.read() as tx:
        digest, about, archive = claims.archive_of(tx, NIGHT, Roles())
    stated = {claim.path: claim for claim in of(digest, about)}
    item = outbreak(digest)
    rows = behind.shown(stated[f"items/{item.id}/people"], archive).rows
    assert len({row.person for row in rows}) == item.people
    assert behind.shown(stated["watched_people"], archive).refused
    few = [c for c in stated.values() if c.query.measure == "people" and 0 < c.value < 3]
    assert few
    assert all(behind.shown(claim, archive).refused for claim in few)
    total = behind.shown(stated["posts"], archive)
    told = {topic: {r.person for r in total.rows if r.topic == topic} for topic in
            {row.topic for row in total.rows}}  # fmt: skip
    assert min(map(len, told.values())) >= digest.min_people
    assert len({row.post for row in total.rows}) + total.withheld == digest.posts


def test_the_same_digest_is_the_same_bytes_in_another_process(
    lived: Engine, two_nights: Path
) -> None:
    """Whatever the order of sets and dictionaries there."""
    with lived.database.read() as tx:
        digest = Digest.model_validate(digests.get(tx, NIGHT))
    mine = {form: bytes(document) for form, document in render(digest).items()}
    script = (
        "import sys; from insights.digest.content import Digest; from insights.digest.render "
        "import render; d = Digest.model_validate_json(sys.stdin.buffer.read()); "
        "[sys.stdout.buffer.write(b) for b in render(d).values()]"
    )
    theirs = subprocess.run(
        [sys.executable, "-c", script], input=digest.model_dump_json().encode(),
        capture_output=True, check=True, env={"PYTHONHASHSEED": "5"},
    )  # fmt: skip
    assert theirs.stdout == b"".join(mine.values())


def test_what_is_kept_no_longer_leaves_counts_as_they_were(lived: Engine) -> None:
    """What reaches back so far is not counted again; the rest is, and holds."""
    before, stated, _ = read(lived)
    with lived.database.write() as tx:
        p = tables.post.c
        cutoff = village.NIGHT - timedelta(days=10)
        old = tx.execute(p.id.table.select().where(p.created_at < cutoff)).all()
        for source in village.SOURCES:
            purge(tx, source, [r.native_id for r in old if r.source == source], expired=True)
    claims.correct_counts(lived, lived.database.write)
    after, left, counted = read(lived)
    assert differing(left, counted) == []
    assert {claim.path for claim in left} < {claim.path for claim in stated}
    assert {"posts", f"items/{outbreak(after).id}/people"} <= {claim.path for claim in left}
    assert (after.posts_before, after.people_before) == (before.posts_before, before.people_before)
    assert [i.weeks for i in items(after)] == [i.weeks for i in items(before)]


def test_the_sentences_say_numbers_that_are_claimed(lived: Engine) -> None:
    """The headline and the three sentences hold no other."""
    digest, stated, _ = read(lived)
    values = {figures.count(c.value) for c in stated if isinstance(c.value, int)}
    values |= {f"{digest.coverage:.0%}".strip("%")}
    values |= {str(len(digest.decisions)), str(len(digest.decisions) - 1), str(len(digest.sources))}
    said = " ".join([digest.headline, *digest.sentences])
    for item in items(digest):
        said = said.replace(item.title, "")
    assert set(re.findall(r"[\d,]*\d", said)) <= values
