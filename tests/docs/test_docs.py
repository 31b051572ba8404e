"""What the docs say holds: names, settings, links, examples and recipes.

In the README a block ```console is run here, command by command, and the lines below a command
must be among those it prints. A block ```sh needs a network, a schedule or an installation, and is
not run.
"""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from insights import plugins
from insights.cli import _app, digests, feedback, people, scaffold, sources, topics
from insights.digest.options import AudienceOptions
from insights.pipeline.engine import SourceOptions
from insights.settings import Settings, load
from insights.testing import PROMISES
from insights.workspace import Workspace

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "insights.example.toml"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SWITCHED_OFF = re.compile(r"^#(?=\[|\w+ = )", re.M)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that sets nothing."""
    for name in [name for name in os.environ if name.startswith("INSIGHTS_")]:
        monkeypatch.delenv(name)


# --- settings ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("bare")
def test_the_example_states_the_defaults() -> None:
    """As it is, insights.example.toml changes nothing."""
    assert load(str(EXAMPLE))[0].model_dump() == Settings().model_dump()


def everything() -> dict[str, Any]:
    """Return the example with what is off by default switched on."""
    return tomllib.loads(SWITCHED_OFF.sub("", EXAMPLE.read_text(encoding="utf-8")))


def test_the_example_names_every_setting() -> None:
    """A setting that is not in insights.example.toml is one that nobody finds."""
    values = everything()
    assert set(values) == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        parts = getattr(field.annotation, "model_fields", None)
        if parts:
            assert set(values[name]) == set(parts), name


@pytest.mark.parametrize(("group", "kind"), [("sources", "connector"), ("publishers", "publisher")])
def test_the_example_names_every_option(group: str, kind: str) -> None:
    """Each connector and publisher stands there once, with all its options; those that every
    source has stand with one of them."""
    named, shared = {}, set(SourceOptions.model_fields) if kind == "connector" else set()
    for options in everything()[group].values():
        name = options.pop(kind)
        named[name] = set(options) - shared
        if name == "discourse":
            assert shared < set(options)
    find = plugins.connector if kind == "connector" else plugins.publisher
    assert named == {
        name: {field.alias or option for option, field in find(name).Options.model_fields.items()}
        for name in plugins.names(f"{kind}s")
    }


def test_the_example_names_every_option_of_trackers() -> None:
    """Each stands under the name of a source of its kind, with all its options."""
    values = everything()
    named = {values["sources"][name]["connector"]: set(o) for name, o in values["trackers"].items()}
    assert named == {
        name: set(plugins.tracker(name).Options.model_fields) for name in plugins.names("trackers")
    }


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("page", ["insights.example.toml", "README.md"])
def test_what_is_shown_is_valid(page: str, tmp_path: Path) -> None:
    """Sources and publishers as the example and the README show them can be made."""
    text = SWITCHED_OFF.sub("", read(page))
    if page.endswith(".md"):
        (text,) = blocks(page, "toml")
    config = tmp_path / "insights.toml"
    config.write_text(text, encoding="utf-8")
    space = Workspace.open(str(config))
    assert space.sources()
    assert space.channels()
    assert page.endswith(".md") or space.trackers()
    assert set(space.audiences(space.channels())) == set(space.settings.audiences)


def test_the_example_names_every_option_of_an_audience() -> None:
    (mobile,) = everything()["audiences"].values()
    assert set(mobile) == set(AudienceOptions.model_fields)


# --- names ------------------------------------------------------------------------------------


def commands() -> list[str]:
    """Return every command as it is typed."""
    single = [name for name in _app() if not name.startswith("-")]
    families = (
        digests.digest, feedback.feedback, people.people, scaffold.connector, sources.sources,
        topics.topics,
    )  # fmt: skip
    deeper = [
        f"{app.name[0]} {name}" for app in families for name in app if not name.startswith("-")
    ]
    return sorted(f"insights {name}" for name in [*single, *deeper])


@pytest.mark.parametrize("command", commands())
def test_the_readme_names_every_command(command: str) -> None:
    """Of a family such as `digest`, its row names all."""
    family, _, last = command.removeprefix("insights ").partition(" ")
    rows = [
        row for row in read("README.md").splitlines() if row.startswith(f"| `insights {family}")
    ]
    assert rows, command
    assert not last or any(re.search(rf"\b{last}\b", row) for row in rows), command


@pytest.mark.parametrize("name", plugins.names("connectors"))
def test_the_readme_has_a_row_for_every_connector(name: str) -> None:
    """What it reads, and what it cannot see."""
    assert re.search(rf"^\| `{name}` \|(.+\|){{5}}$", read("README.md"), re.M)


@pytest.mark.parametrize("name", plugins.names("publishers"))
def test_the_readme_names_every_publisher(name: str) -> None:
    """By its name in the settings."""
    line = re.search(r"^Publishers: .+?(?=\n\n)", read("README.md"), re.M | re.S)
    assert line and f"`{name}`" in line[0]


def test_every_decision_is_in_the_index() -> None:
    """A page that the index does not name is not read."""
    index = read("docs/decisions/README.md")
    pages = {path.name for path in (ROOT / "docs" / "decisions").glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\(([^)]+)\)", index))


# --- links ------------------------------------------------------------------------------------


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(<?([^)\s>]+)>?\)", text):
            if not re.match(r"[a-z]+:", target):
                yield page, target


@pytest.mark.parametrize(("page", "target"), [
    pytest.param(page, target, id=f"{page.relative_to(ROOT)}→{target}") for page, target in links()
])  # fmt: skip
def test_links_lead_somewhere(page: Path, target: str) -> None:
    """The file is there, and so is the heading."""
    path, _, anchor = target.partition("#")
    there = page.parent / path if path else page
    assert there.exists()
    if anchor:
        headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
        assert anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


# --- examples ---------------------------------------------------------------------------------


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", read(page), re.M | re.S)


def shell(block: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a block with the lines that it is said to print."""
    lines = block.splitlines()
    while lines:
        command = lines.pop(0).removeprefix("$ ")
        if "<<'END'" in command:
            end = lines.index("END") + 1
            command = "\n".join([command, *lines[:end]])
            del lines[:end]
        printed = []
        while lines and not lines[0].startswith("$ "):
            printed.append(lines.pop(0))
        yield command, printed


@pytest.mark.usefixtures("bare")
def test_what_the_readme_shows_happens(tmp_path: Path) -> None:
    """Every command of its console blocks works in an empty folder, and says what it should."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = [step for block in blocks("README.md", "console") for step in shell(block)]
    assert len(shown) > 4
    for command, printed in shown:
        done = subprocess.run(
            ["bash", "-euc", command], cwd=tmp_path, env={**os.environ, "PATH": path},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        missing = set(printed) - set(done.stdout.splitlines())
        assert not missing, f"{command} printed\n{done.stdout}"


def test_the_recipes_for_contributors_work(monkeypatch, tmp_path: Path) -> None:
    """The connector, publisher and detector of CONTRIBUTING.md pass the tests that stand there."""
    recipes = [re.match(r"# (\S+)\n", block) for block in blocks("CONTRIBUTING.md", "python")]
    assert len(recipes) == 6
    for first in recipes:
        assert first
        assert not (ROOT / first[1]).exists(), f"{first[1]} is taken: choose another example"
        name = first[1].removeprefix("src/").removesuffix(".py").replace("/", ".")
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(first.string, first[1], "exec"), module.__dict__)
        for test in [value for key, value in vars(module).items() if key.startswith("test_")]:
            wanted = inspect.signature(test).parameters
            if "promise" in wanted:
                for promise in PROMISES:
                    test(promise)
            else:
                test(*[tmp_path] if "tmp_path" in wanted else [])


# --- installation -----------------------------------------------------------------------------


def pins() -> dict[str, str]:
    lines = [line for line in read("constraints.txt").splitlines() if not line.startswith("#")]
    return {canonicalize_name(name): at for name, _, at in (line.partition("==") for line in lines)}


def needed() -> list[Requirement]:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    everything = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [Requirement(line) for line in everything]


@pytest.mark.parametrize("requirement", needed(), ids=str)
def test_everything_that_is_needed_is_pinned(requirement: Requirement) -> None:
    """constraints.txt names a version that pyproject.toml allows."""
    pinned = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(Version(pinned.replace("*", "0")))


def test_pins_are_names_and_versions() -> None:
    """No addresses, no build of torch: where packages come from is the installer's business."""
    assert all(re.fullmatch(r"[\d.*]+(post\d+)?", version) for version in pins().values())
    assert pins()["torch"] == "2.13.*"


def test_the_deployment_names_what_there_is() -> None:
    """prefect.yaml leads to the flows, and sets parameters that they have."""
    nightly, later = yaml.safe_load(read("prefect.yaml"))["deployments"]
    for deployment in (nightly, later):
        path, _, name = deployment["entrypoint"].partition(":")
        source = read(path)
        assert f"def {name}(" in source
        for parameter in deployment["parameters"]:
            assert re.search(rf"def {name}\([^)]*\b{parameter}\b", source)
    assert nightly["schedules"] == [{"cron": "0 2 * * *", "timezone": "UTC"}]
    assert f'LATER = "{later["name"]}"' in read("flows/nightly.py")


def test_entry_points_are_those_of_the_project() -> None:
    """What is installed is what pyproject.toml says; if not, install again."""
    stated = tomllib.loads(read("pyproject.toml"))["project"]["entry-points"]
    for group, points in stated.items():
        installed = {point.name: point.value for point in entry_points(group=group)}
        assert points.items() <= installed.items()
