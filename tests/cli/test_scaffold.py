"""A connector that is begun by command keeps every promise once its `parse` is written."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from insights.testing import PROMISES
from tests.cli.conftest import Insights
from tests.cli.test_refusals import refused

UNWRITTEN = "    raise NotImplementedError("
WRITTEN = """    return Post(
        source=source,
        native_id=item.id,
        text=item.text,
        author=item.author,
        created_at=item.created_at,
        updated_at=item.changed_at,
        url=f"{url}/items/{item.id}",
    )
"""


def begun(insights: Insights, name: str) -> list[Path]:
    """Begin a connector in this project; return the files that were written, connector first."""
    Path("connectors").mkdir(exist_ok=True)
    Path("connectors/__init__.py").touch()
    said = insights("connector", "new", name)
    assert (said.code, f"write parse in connectors/{name}.py" in said.err) == (0, True)
    assert f'{name} = "connectors.{name}:' in said.err
    return [Path(line) for line in said.out.splitlines()]


def loaded(monkeypatch: pytest.MonkeyPatch, path: Path) -> ModuleType:
    """Run a file as the module that its place makes it."""
    name = str(path.with_suffix("")).replace("/", ".")
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
    return module


def write_parse(module: Path) -> None:
    """Do what is left to do."""
    before, _, after = module.read_text().partition(UNWRITTEN)
    module.write_text(before + WRITTEN + after.partition("\n")[2])


@pytest.fixture
def written(insights: Insights, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The test of a begun connector after somebody wrote `parse` and changed nothing else."""
    module, server, test = begun(insights, "guest_book2")
    write_parse(module)
    for path in (module, server):
        loaded(monkeypatch, path)
    return loaded(monkeypatch, test)


@pytest.mark.parametrize("promise", PROMISES)
def test_only_parse_is_left_to_write(written: ModuleType, promise: str) -> None:
    """The test that was written with it passes, promise by promise."""
    assert written.test_keeps_promise(promise) is None


def test_elsewhere_a_connector_is_a_package_of_its_own(insights: Insights, tmp_path: Path) -> None:
    """Its tests run as it stands, and its entry point names what is there."""
    said = insights("connector", "new", "guest_book3")
    assert said.code == 0
    module, _, test, project = (tmp_path / line for line in said.out.splitlines())
    write_parse(module)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert f"{len(PROMISES)} passed" in done.stdout, done.stdout + done.stderr
    told = tomllib.loads(project.read_text())
    entries = told["project"]["entry-points"]["insights.connectors"]
    assert entries == {"guest_book3": "insights_guest_book3:GuestBook3"}
    assert "class GuestBook3:" in module.read_text()
    assert told["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [module.parent.name]


def test_a_project_that_is_there_stays_as_it_is(insights: Insights, tmp_path: Path) -> None:
    """The line that makes the connector known is told instead."""
    (tmp_path / "pyproject.toml").write_text("# mine\n")
    said = insights("connector", "new", "guest_book3")
    assert 'guest_book3 = "insights_guest_book3:GuestBook3"' in said.err
    assert (tmp_path / "pyproject.toml").read_text() == "# mine\n"


def test_what_is_written_says_what_is_missing(
    insights: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Untouched, the first promise fails and names `parse`."""
    module, server, test = begun(insights, "begun")
    for path in (module, server):
        loaded(monkeypatch, path)
    with pytest.raises(NotImplementedError, match="write parse"):
        loaded(monkeypatch, test).test_keeps_promise("everything_arrives")


def test_what_is_written_reads_like_the_rest(insights: Insights) -> None:
    """No line is too long, and every class and function of the connector says what it is."""
    paths = begun(insights, "plain")
    lines = [line for path in paths for line in path.read_text().splitlines()]
    assert max(map(len, lines)) <= 100
    tree = ast.parse(paths[0].read_text())
    public = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    ]  # fmt: skip
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("name", ["discourse", "Guest", "a-b", "class", "../x", "1st", ""])
def test_a_name_that_cannot_be_is_refused(insights: Insights, tmp_path: Path, name: str) -> None:
    refused(tmp_path, insights, "connector", "new", name, code=2)


def test_nothing_is_overwritten(insights: Insights, tmp_path: Path) -> None:
    """A second time, or over a file of somebody's own, nothing is written at all."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_mine.py").write_text("# mine\n")
    assert "is there already" in refused(tmp_path, insights, "connector", "new", "mine", code=2)
    begun(insights, "second")
    refused(tmp_path, insights, "connector", "new", "second", code=2)
