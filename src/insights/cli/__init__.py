"""The command line: the only place that prints. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from insights import __version__
from insights.cli import (
    act,
    archive,
    areas,
    ask,
    atlas,
    community,
    correct,
    digests,
    feedback,
    intake,
    manage,
    nights,
    people,
    rehearsals,
    releases,
    scaffold,
    sources,
    terminal,
    topics,
)
from insights.errors import InsightsError

HELP = """Turn what a community says into what a product team does.

A first look:

    insights import posts.jsonl
    insights run
    insights digest show

Settings come from insights.toml in this folder, or from the file that --config or
INSIGHTS_CONFIG names. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 settings or credentials,
4 published but incomplete, 130 interrupted.
"""


def _app() -> App:
    app = App("insights", help=HELP, version=__version__, help_format="plaintext")
    app.command(intake.import_files, name="import")
    app.command(sources.sources)
    app.command(scaffold.connector)
    app.command(intake.ingest)
    app.command(nights.run)
    app.command(nights.replay)
    app.command(rehearsals.tune)
    app.command(archive.export)
    app.command(atlas.draw_map, name="map")
    app.command(ask.search)
    app.command(ask.classify)
    app.command(ask.train)
    app.command(ask.redact)
    app.command(correct.noise)
    app.command(correct.correct)
    app.command(correct.corrections)
    app.command(digests.digest)
    app.command(feedback.feedback)
    app.command(community.community)
    app.command(topics.topics)
    app.command(areas.areas)
    app.command(act.link)
    app.command(act.unlink)
    app.command(act.links)
    app.command(act.open_issue, name="open")
    app.command(act.replies)
    app.command(releases.releases)
    app.command(manage.serve)
    app.command(nights.schedule)
    app.command(people.people)
    app.command(manage.erase)
    app.command(manage.doctor)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code; a failure is one line that says what to do."""
    sys.exit(answer(list(sys.argv[1:] if arguments is None else arguments)))


def answer(arguments: list[str]) -> int:
    """Run a command; return its exit code."""
    try:
        words = terminal.take_options(arguments)
        result = _app()(words, exit_on_error=False, print_error=False, result_action="return_value")
        return result if isinstance(result, int) else 0
    except CycloptsError as error:
        terminal.fail(f"{' '.join(str(error).split())} (see insights --help)")
        return 2
    except InsightsError as error:
        terminal.fail(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        terminal.fail("interrupted; what was finished is saved, the next run goes on from there")
        return 130
    except BrokenPipeError:
        terminal.hush()
        return 0
