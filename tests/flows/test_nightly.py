"""The nightly flow under Prefect: every source in a task, one broken source hides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from prefect.client.orchestration import get_client
from prefect.states import Failed
from prefect.testing.utilities import prefect_test_harness

from flows.nightly import LATER, ingest, may_pass, nightly
from insights.errors import CredentialsError, RateLimited, SourceError
from insights.store import pulls, sources
from insights.workspace import Workspace

NIGHT = datetime(2026, 5, 1, 2, tzinfo=UTC)
SETTINGS = """
community = "Testers"
[sources.forum]
connector = "file"
path = "forum.jsonl"
[sources.reviews]
connector = "file"
path = "reviews.jsonl"
[sources.tracker]
connector = "github"
repository = "nobody/nothing"
token = "$A_VARIABLE_THAT_IS_NOT_SET"
[publishers.files]
publisher = "file"
"""
SAID = (
    "The export to PDF cuts the last line off",
    "Exported PDF files miss the last line of each page",
    "Dark mode please, my eyes hurt at night",
    "I would love a dark theme for the evening",
    "Login fails with a blank page since yesterday",
    "I cannot sign in, the page stays white",
)


def write_posts(path: Path, source: str) -> None:
    with path.open("w") as file:
        for number in range(30):
            post = {
                "id": f"{source}-{number}",
                "text": f"{SAID[number % 6]} on device {number}",
                "author": f"{source} person {number}",
                "created_at": (NIGHT - timedelta(hours=5 * number + 1)).isoformat(),
            }
            file.write(json.dumps(post) + "\n")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "insights.toml").write_text(SETTINGS)
    for source in ("forum", "reviews"):
        write_posts(folder / f"{source}.jsonl", source)
    with prefect_test_harness(server_startup_timeout=180):
        yield str(folder / "insights.toml")


@pytest.mark.prefect
@pytest.mark.model
@pytest.mark.xdist_group("prefect")
def test_a_night_runs_to_its_digest_and_names_the_source_that_broke(config: str) -> None:
    """Two sources arrive, the third is named; the digest is a file and a Prefect artifact; the
    same night again delivers nothing twice."""
    result = nightly(as_of=NIGHT, config=config)
    assert result["digest_id"] == "D-20260501-020000"
    assert {name: type(value).__name__ for name, value in result["ingested"].items()} == {
        "forum": "dict",
        "reviews": "dict",
        "tracker": "str",
    }
    assert result["ingested"]["forum"]["new"] == 30
    folder = Path(config).parent / "digests"
    digest = json.loads((folder / "D-20260501-020000.json").read_text())
    assert digest["posts"] == 60
    states = {source["name"]: source["state"] for source in digest["sources"]}
    assert states == {"forum": "ok", "reviews": "ok", "tracker": "failed"}
    assert any("A_VARIABLE_THAT_IS_NOT_SET" in line for line in digest["not_seen"])
    with get_client(sync_client=True) as client:
        artifacts = client.request("POST", "/artifacts/filter", json={}).json()
    assert [(a["key"], a["description"]) for a in artifacts] == [
        ("insights-digest", "60 posts by 60 people")
    ]

    written = (folder / "D-20260501-020000.html").stat().st_mtime_ns
    again = nightly(as_of=NIGHT, config=config)
    assert again["delivered"] == {}
    assert again["ingested"]["forum"] == {
        "new": 0, "changed": 0, "same": 0, "deleted": 0, "skipped": 0, "expired": 0,
    }  # fmt: skip
    assert (folder / "D-20260501-020000.html").stat().st_mtime_ns == written


class Busy(BaseHTTPRequestHandler):
    """A forum that says to everyone: come back in two hours."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(429)
        self.send_header("Retry-After", "7200")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def busy(config: str) -> Iterator[str]:
    """Settings of a source that is limited, in the folder of the others."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    Thread(target=server.serve_forever, daemon=True).start()
    path = Path(config).with_name("busy.toml")
    path.write_text(
        'database_url = "sqlite:///busy.db"\n[sources.forum]\nconnector = "discourse"\n'
        f'url = "http://127.0.0.1:{server.server_port}"\n'
    )
    yield str(path)
    server.shutdown()
    server.server_close()


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_a_source_that_asks_for_patience_is_handed_to_the_scheduler(busy: str) -> None:
    """One request, one run scheduled for the time that it named, and no second one of either: the
    same night again neither asks nor schedules twice."""
    ingest.to_deployment(LATER).apply()
    began = datetime.now(UTC)
    for _ in range(2):
        results = ingest(busy, as_of=began)
        assert "it can be asked again at" in results["forum"]
    assert datetime.now(UTC) - began < timedelta(minutes=2)
    assert Busy.asked == 1
    with get_client(sync_client=True) as client:
        runs = client.request("POST", "/flow_runs/filter", json={}).json()
    (later,) = [run for run in runs if run["state_type"] == "SCHEDULED"]
    assert later["parameters"] == {"config": busy, "sources": ["forum"]}
    due = datetime.fromisoformat(later["expected_start_time"].replace("Z", "+00:00"))
    assert timedelta(hours=2) <= due - began < timedelta(hours=2, minutes=2)
    with Workspace.open(busy).database.read() as tx:
        (health,) = sources.every(tx)
        (night,) = pulls.between(tx, began - timedelta(days=1), began)
    assert (health["state"], health["resume_at"]) == ("waiting", due)
    assert (night["state"], night["resume_at"], night["requests"]) == ("waiting", due, 1)


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        pytest.param(SourceError("reset"), True, id="a broken connection"),
        pytest.param(CredentialsError("401"), False, id="wrong credentials"),
        pytest.param(RateLimited("later", resume_at=NIGHT), False, id="a limit until later"),
        pytest.param(ZeroDivisionError(), False, id="a bug"),
    ],
)
def test_only_what_may_pass_by_itself_is_retried(error: Exception, retried: bool) -> None:
    assert may_pass(None, None, Failed(data=error)) is retried
