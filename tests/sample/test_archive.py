"""The sample archive is the same everywhere, looks like a community, and knows only its past."""

import json
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from insights import sample
from insights.errors import UsageError

DIGEST = "65176440e7e2cc28054965fa2dd46834a359406f73062d48cd5015c6e56a15e1"
NOISE = {"noise", "spam", "flood", "bot"}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return sample.write(tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def records(paths):
    """Return every line of every file, with the source and the id that exports show."""
    return [
        {**json.loads(line), "source": path.stem, "key": f"{path.stem}:{json.loads(line)['id']}"}
        for path in paths
        for line in path.read_text("utf-8").splitlines()
    ]


@pytest.fixture(scope="module")
def posts(records):
    """Return each post as it was first written."""
    first = {}
    for record in records:
        first.setdefault(record["key"], record)
    return first


def changed_at(record):
    return datetime.fromisoformat(record.get("updated_at", record["created_at"]))


def test_bytes_are_pinned(paths):
    """The archive is byte-identical on every machine and Python version."""
    digest = sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    assert digest == DIGEST


def test_a_second_process_writes_the_same_bytes_in_little_time(paths, tmp_path):
    """Nothing depends on the process, its hash seed, or today; nothing heavy is imported."""
    code = (
        "import sys; from insights import sample; sample.write(sys.argv[1]);"
        "heavy = {'numpy', 'torch', 'pandas', 'pydantic', 'sqlalchemy'} & set(sys.modules);"
        "sys.exit(len(heavy))"
    )
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True)
    assert time.monotonic() - started < 10  # about 0.7 s on a machine with nothing else to do
    assert [(tmp_path / path.name).read_bytes() for path in paths] == [
        path.read_bytes() for path in paths
    ]


def test_size_and_sources(posts):
    """There are 2,500 to 3,500 posts from four sources, none of them a trifle."""
    sources = Counter(post["source"] for post in posts.values())
    assert 2500 <= len(posts) <= 3500
    assert set(sources) == {"forum", "tracker", "reviews", "chat"}
    assert min(sources.values()) > 300


def test_every_record_can_be_read_as_a_post(records):
    """Required fields are there, times are in order and in range, hosts are reserved."""
    last = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
    for record in records:
        assert record["id"] and record["created_at"]
        assert record["text"] or record["deleted"]
        assert last[record["source"]] <= changed_at(record)
        last[record["source"]] = changed_at(record)
        created = datetime.fromisoformat(record["created_at"])
        assert sample.FIRST_DAY <= created.date() <= sample.LAST_DAY
        if "url" in record:
            assert re.match(r"https://[a-z.]+\.example/", record["url"])


def test_threads_hold_together(posts):
    """A parent exists, was there before, and is in the same thread; some questions stay alone."""
    replies = [post for post in posts.values() if post.get("parent_id")]
    assert len(replies) > 800
    for reply in replies:
        parent = posts[f"{reply['source']}:{reply['parent_id']}"]
        assert parent["thread_id"] == reply["thread_id"]
        assert parent["created_at"] < reply["created_at"]


def test_reviews_have_ratings_and_versions(posts):
    """Store reviews carry what stores know: stars, version, language, platform."""
    released = {release.version: release.released_at for release in sample.releases()}
    for post in posts.values():
        if "version" in post:
            assert released[post["version"]] <= datetime.fromisoformat(post["created_at"])
        if post["source"] == "reviews":
            assert 1 <= post["rating"] <= 5


def test_weeks_have_a_rhythm(posts):
    """Weekends are quieter than weekdays, nights quieter than days."""
    flood = {key for plant in sample.planted() if plant.kind == "flood" for key in plant.post_ids}
    times = [
        datetime.fromisoformat(post["created_at"])
        for key, post in posts.items()
        if key not in flood
    ]
    days = Counter(at.weekday() for at in times)
    assert max(days[5], days[6]) < 0.85 * min(days[day] for day in range(5))
    assert sum(at.hour < 6 for at in times) < 0.08 * len(times)
    assert len({at.date() for at in times}) == 70


def test_few_write_much_and_many_write_once(posts):
    """Most people write once; the busiest write dozens of posts."""
    authors = Counter(post["author"] for post in posts.values())
    once = sum(count == 1 for count in authors.values())
    assert len(authors) > 1000
    assert once > 0.6 * len(authors)
    assert sum(count >= 20 for count in authors.values()) >= 8


def test_second_language():
    """Some 8 % is German, a part of it about the loud issue."""
    from insights.sample.world import world

    german = [draft for draft in world().drafts if draft.language == "de"]
    assert 0.06 < len(german) / len(world().drafts) < 0.1
    assert sum(draft.plant == "vanishing_ink" for draft in german) >= 8


def test_sentences_vary():
    """No sentence makes up more than a few per cent of a theme; half of all are unique in form."""
    from insights.sample.world import world

    themes = defaultdict(Counter)
    for draft in world().drafts:
        if draft.theme not in NOISE:
            parts = re.split(r"(?<=[.!?])\s+|\n+", draft.text.lower())
            themes[draft.theme].update(part.strip() for part in parts if len(part) > 12)
    assert len(themes) >= 35
    for theme, sentences in themes.items():
        if (total := sum(sentences.values())) >= 60:
            assert sentences.most_common(1)[0][1] / total < 0.065, theme
    every = sum(themes.values(), Counter())
    assert len(every) / sum(every.values()) > 0.45


@pytest.mark.parametrize("until", [date(2026, 3, 2), date(2026, 4, 17), date(2026, 4, 30)], ids=str)
def test_until_knows_only_the_past(paths, tmp_path, until):
    """A file of an earlier night is the beginning of the file of a later night."""
    night = datetime(until.year, until.month, until.day, 2, tzinfo=UTC) + timedelta(days=1)
    for early, full in zip(sample.write(tmp_path, until=night), paths, strict=True):
        lines = early.read_text("utf-8").splitlines()
        assert full.read_bytes().startswith(early.read_bytes())
        assert all(changed_at(json.loads(line)) <= night for line in lines)
        following = full.read_text("utf-8").splitlines()[len(lines)]
        assert changed_at(json.loads(following)) > night


def test_until_without_a_time_zone_is_refused(tmp_path):
    """A naive time would mean another night on another machine."""
    with pytest.raises(UsageError, match="time zone"):
        sample.write(tmp_path, until=datetime(2026, 4, 1))  # noqa: DTZ001
