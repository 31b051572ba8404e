"""What the sample archive promises to contain is in it."""

import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import pytest

from insights import sample

PLANTED = {plant.name: plant for plant in sample.planted()}


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Return the records of each post, by the id that exports show, oldest first."""
    lines = defaultdict(list)
    for path in sample.write(tmp_path_factory.mktemp("archive")):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            lines[f"{path.stem}:{record['id']}"].append(record)
    return lines


def people_by_day(history, plant):
    days = defaultdict(set)
    for key in plant.post_ids:
        post = history[key][0]
        days[datetime.fromisoformat(post["created_at"]).date()].add(post["author"])
    return {day: len(people) for day, people in sorted(days.items())}


def by_week(history, plant):
    days = [datetime.fromisoformat(history[key][0]["created_at"]).date() for key in plant.post_ids]
    weeks = Counter((day - sample.FIRST_DAY).days // 7 for day in days)
    return [weeks[week] for week in range(10)]


def test_every_planted_post_exists(history):
    """Ids, people, sources, first day and peak of each planted thing agree with the files."""
    for plant in PLANTED.values():
        assert plant.post_ids
        assert {history[key][0]["author"] for key in plant.post_ids} == set(plant.people)
        assert {key.split(":")[0] for key in plant.post_ids} == set(plant.sources)
        days = people_by_day(history, plant)
        assert plant.onset == min(days)
        assert plant.onset_people == days[plant.onset]
        assert days[plant.peak] == max(days.values())


def test_loud_issue(history):
    """It breaks out two days after the release with 10 to 20 people, and fades after the fix."""
    plant = PLANTED["vanishing_ink"]
    release, fix = (
        next(one.released_at.date() for one in sample.releases() if one.version == version)
        for version in ("4.2.0", "4.2.1")
    )
    days = people_by_day(history, plant)
    assert (plant.kind, plant.onset) == ("emerging", date(2026, 4, 16))
    assert plant.onset - release == timedelta(days=2)
    assert 10 <= plant.onset_people <= 20
    assert plant.peak <= fix
    assert all(count <= 5 for day, count in days.items() if day > fix + timedelta(days=4))
    assert len(plant.sources) == 4


def test_quiet_issue(history):
    """Three to five people a day, below the loudest lasting topics of the same days."""
    plant = PLANTED["guest_links"]
    days = people_by_day(history, plant)
    assert (plant.kind, plant.onset) == ("emerging", date(2026, 4, 27))
    assert len(days) == 14
    assert all(3 <= count <= 5 for count in days.values())
    assert sum(days[plant.onset + timedelta(days=day)] for day in range(3)) >= 10


@pytest.mark.parametrize("name", ["linux_app", "voice_to_text", "kanban_view"])
def test_requests_grow(history, name):
    """The second half of the weeks has at least twice the posts of the first half."""
    weeks = by_week(history, PLANTED[name])
    assert PLANTED[name].kind == "growing"
    assert sum(weeks[5:]) >= 2 * sum(weeks[:5])


@pytest.mark.parametrize("name", ["search_misses", "sync_conflicts"])
def test_lasting_problems_last(history, name):
    """No week is without them, and neither half has much more than the other."""
    weeks = by_week(history, PLANTED[name])
    assert PLANTED[name].kind == "steady"
    assert min(weeks) >= 4
    assert 0.7 < sum(weeks[5:]) / sum(weeks[:5]) < 1.4


def test_a_problem_fades_and_another_returns(history):
    """The widget is mended and forgotten; the clock problem comes back with the second change."""
    fading = by_week(history, PLANTED["android_widget"])
    assert sum(fading[:3]) > 1.5 * sum(fading[3:])
    assert sum(fading[7:]) == 0
    returning = by_week(history, PLANTED["reminder_hour"])
    assert returning[1] >= 10 and returning[4] >= 10
    assert returning[2] == returning[3] == 0


def test_flood_is_one_account_in_one_evening(history):
    """120 posts that are alike, and no two of them equal."""
    flood = PLANTED["flood"]
    texts = {history[key][0]["text"] for key in flood.post_ids}
    assert len(flood.people) == 1
    assert len(flood.post_ids) == len(texts) == 120
    assert len(people_by_day(history, flood)) == 1


def test_spam_bots_and_silence(history):
    """There is spam, there are bots, and there are questions that nobody answered."""
    assert 20 <= len(PLANTED["spam"].post_ids) <= 40
    assert len(PLANTED["bots"].people) == 2
    answered = {
        f"forum:{record['parent_id']}"
        for key, records in history.items()
        for record in records
        if key.startswith("forum:") and "parent_id" in record
        if record["author"] not in PLANTED["bots"].people
    }
    assert len(PLANTED["unanswered"].post_ids) >= 20
    assert not answered & set(PLANTED["unanswered"].post_ids)


def test_duplicates_repeat_the_same_person_elsewhere(history):
    """A copy has the words and the author of a forum post, and stands in another source."""
    originals = {
        (records[0]["author"], records[0]["text"])
        for key, records in history.items()
        if key.startswith("forum:")
    }
    for key in PLANTED["duplicates"].post_ids:
        assert not key.startswith("forum:")
        assert (history[key][0]["author"], history[key][0]["text"]) in originals


def test_edits_and_deletions_come_later(history):
    """An edited post comes again with other words, a deleted one with none."""
    for key in PLANTED["edits"].post_ids:
        first, second = history[key][:2]
        assert first["text"] != second["text"]
        assert first["created_at"] < second["updated_at"]
    for key in PLANTED["deletions"].post_ids:
        last = history[key][-1]
        assert last["deleted"] and not last["text"]
    listed = set(PLANTED["edits"].post_ids) | set(PLANTED["deletions"].post_ids)
    assert {key for key, records in history.items() if len(records) > 1} == listed


def test_every_canary_occurs(history):
    """Personal data of eight kinds stand in some forty posts, each where the list says."""
    canaries = sample.canaries()
    assert len(canaries) >= 40
    assert len({canary.kind for canary in canaries}) == 8
    assert {canary.post_id for canary in canaries} == set(PLANTED["canaries"].post_ids)
    for canary in canaries:
        assert canary.text in history[canary.post_id][0]["text"]


def luhn(number):
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def iban(number):
    compact = number.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


@pytest.mark.parametrize(("kind", "check"), [("card", luhn), ("iban", iban)], ids=["card", "iban"])
def test_numbers_pass_their_check_digits(kind, check):
    """A finder that verifies check digits still finds them."""
    assert all(check(canary.text) for canary in sample.canaries() if canary.kind == kind)


def test_themes_cover_every_post(history):
    """Each post has a theme to judge groupings with."""
    assert set(sample.themes()) == set(history)
    assert len(set(sample.themes().values())) >= 40
