"""Reading a real Redmine: what is written, edited and deleted there comes out right."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.redmine import PAGE, Redmine, RedmineOptions
from insights.errors import CredentialsError, SourceError
from insights.http import Http
from insights.testing import Shelf
from tests.servers.running import free_port, running

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("redmine")]

HOME = Path("/usr/share/redmine")
"""Where Debian's package puts the program."""

TASK = """
Rake::Task.define_task('furnish' => 'db:migrate') do
  ActiveRecord::Base.descendants.each(&:reset_column_information)
  Redmine::DefaultData::Loader.load('en')
  Setting.rest_api_enabled = 1
  admin = User.find_by_login('admin')
  admin.must_change_passwd = false
  admin.save!(validate: false)
  modules = ['issue_tracking']
  open = Project.create!(name: 'Feedback', identifier: 'feedback', enabled_module_names: modules)
  inner = Project.create!(
    name: 'Inner', identifier: 'inner', is_public: false, enabled_module_names: modules
  )
  [open, inner].each { |project| project.trackers = Tracker.all }
  puts "KEY=#{admin.api_key}"
end
"""


class Tracker:
    """A client that writes, as a person's would."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self.client = httpx.Client(base_url=url, headers={"X-Redmine-API-Key": key}, timeout=60)

    def issue(self, subject: str, text: str = "", project: str = "feedback") -> int:
        issue = {"project_id": project, "subject": subject, "description": text}
        reply = self.client.post("/issues.json", json={"issue": issue})
        return int(reply.raise_for_status().json()["issue"]["id"])

    def change(self, issue: int, **values: Any) -> None:
        self.client.put(f"/issues/{issue}.json", json={"issue": values}).raise_for_status()

    def note(self, issue: int, text: str, **more: Any) -> int:
        self.change(issue, notes=text, **more)
        reply = self.client.get(f"/issues/{issue}.json", params={"include": "journals"})
        return max(int(each["id"]) for each in reply.json()["issue"]["journals"])

    def edit_note(self, note: int, text: str) -> None:
        journal = {"journal": {"notes": text}}
        self.client.put(f"/journals/{note}.json", json=journal).raise_for_status()

    def delete(self, issue: int) -> None:
        self.client.delete(f"/issues/{issue}.json").raise_for_status()


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    """A Redmine with a database, settings and logs of its own in a temporary folder."""
    assert HOME.exists(), "Redmine is not here: run tests/servers/install redmine"
    folder = tmp_path_factory.mktemp("redmine")
    for name in ("config", "tmp", "log", "files"):
        (folder / name).mkdir()
    database = f"production:\n  adapter: sqlite3\n  database: {folder}/redmine.db\n"
    (folder / "config" / "database.yml").write_text(database, encoding="utf-8")
    (folder / "config" / "secret_key.txt").write_text("5e" * 32, encoding="utf-8")
    (folder / "task.rb").write_text(TASK, encoding="utf-8")
    (webrick,) = Path("/usr/share/rubygems-integration/all/gems").glob("webrick-*/lib")
    env = {
        # Debian's Redmine looks for an instance's files below this folder, by this name.
        "X_DEBIAN_SITEID": os.path.relpath(folder, HOME / "instances"),
        "RAILS_ENV": "production",
        "RUBYLIB": str(webrick),
        "SCHEMA": str(folder / "schema.rb"),
    }
    said = _do(["bundle", "exec", "rake", "-r", f"{folder}/task.rb", "furnish"], env)
    port = free_port()
    command = ["bundle", "exec", "rackup", "-s", "webrick", "-E", "production", "-o", "127.0.0.1"]
    command += ["-p", str(port), "-P", str(folder / "rack.pid"), "config.ru"]
    url = f"http://127.0.0.1:{port}"
    with running(command, url=url, folder=folder, cwd=HOME, env=env):
        yield Tracker(url, said.rpartition("KEY=")[2].strip())


def _do(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=HOME, env=os.environ | env, text=True, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def connector(tracker: Tracker, **options: Any) -> Redmine:
    options = {"api_key": SecretStr(tracker.key), "project": "feedback"} | options
    return Redmine("redmine", RedmineOptions(url=tracker.url, **options), http=Http())


def pull(tracker: Tracker, shelf: Shelf | None = None, **options: Any) -> Shelf:
    shelf = shelf or Shelf()
    for batch in connector(tracker, **options).pull(shelf.cursor):
        shelf.take(batch)
    return shelf


def recheck(tracker: Tracker, shelf: Shelf, **options: Any) -> Shelf:
    for batch in connector(tracker, **options).recheck(list(shelf.posts)):
        shelf.take(batch, keep_cursor=True)
    return shelf


def test_what_is_written_edited_and_deleted_comes_out_right(tracker):
    """Issues with notes; then more of them, edits, an emptied note and a deleted issue."""
    first = tracker.issue("The export fails", "Always, on *every* page")
    second = tracker.issue("Without words")
    note = tracker.note(first, "Here too")
    tracker.change(first, status_id=2)  # a journal without words
    shelf = pull(tracker)
    comment = f"comment-{first}-{note}"
    assert {id_: post.text for id_, post in shelf.posts.items()} == {
        f"issue-{first}": "Always, on *every* page",
        f"issue-{second}": "Without words",
        comment: "Here too",
    }
    post = shelf.posts[f"issue-{first}"]
    assert (post.title, post.author, post.space, post.tags) == (
        "The export fails", "Redmine Admin", "Feedback", ("Bug",),
    )  # fmt: skip
    assert post.attributes["status"] == "In Progress"
    page = httpx.get(shelf.posts[comment].url or "").text
    assert f'id="change-{note}"' in page

    late = tracker.note(first, "It was the proxy")  # within the second that was read, or later
    third = tracker.issue("Another", "Words of it")
    pull(tracker, shelf)
    assert {f"comment-{first}-{late}", f"issue-{third}"} <= shelf.posts.keys()

    tracker.change(third, description="Other words of it")
    tracker.edit_note(note, "Here too, since Monday")
    tracker.edit_note(late, "")
    tracker.delete(second)
    recheck(tracker, pull(tracker, shelf))
    assert shelf.posts[f"issue-{third}"].text == "Other words of it"
    assert shelf.posts[comment].text == "Here too, since Monday"
    assert shelf.gone == {f"comment-{first}-{late}", f"issue-{second}"}
    assert not shelf.skipped


def test_private_issues_and_notes_are_not_read(tracker):
    """What turns private in Redmine is taken back, though the key may still read it."""
    issue = tracker.issue("For now open", "words")
    kept = tracker.issue("Open", "words")
    note = tracker.note(kept, "Among us", private_notes=True)
    shelf = pull(tracker)
    assert f"issue-{issue}" in shelf.posts and f"comment-{kept}-{note}" not in shelf.posts
    tracker.change(issue, is_private=True)
    pull(tracker, shelf)
    assert f"issue-{issue}" in shelf.gone


def test_pages_of_a_real_redmine_lose_nothing(tracker):
    """More issues than a page, many within a second, by Redmine's own order and offsets."""
    before = set(pull(tracker).posts)
    added = {f"issue-{tracker.issue(f'Trouble {number}')}" for number in range(PAGE + 5)}
    shelf = pull(tracker)
    assert shelf.posts.keys() - before == added
    checkup = connector(tracker).check()
    assert (checkup.items or 0) > PAGE


def test_a_wrong_key_is_a_refusal_and_no_deletion(tracker):
    """Redmine answers it as nobody's: a private project would look deleted."""
    id_ = f"issue-{tracker.issue('Secret', 'words', project='inner')}"
    shelf = pull(tracker, project="inner")
    assert set(shelf.posts) == {id_}
    wrong = SecretStr("0" * 40)
    with pytest.raises(CredentialsError, match="My account"):
        recheck(tracker, shelf, project="inner", api_key=wrong)
    with pytest.raises(CredentialsError):
        connector(tracker, api_key=wrong).check()
    with pytest.raises((CredentialsError, SourceError)):
        connector(tracker, project="inner", api_key=None).check()


def test_anyone_may_read_the_public_project(tracker):
    """Without a key the public project comes, and nothing else."""
    tracker.issue("Public", "words")
    tracker.issue("Secret", "words", project="inner")
    spaces = {post.space for post in pull(tracker, api_key=None, project=None).posts.values()}
    assert spaces == {"Feedback"}
