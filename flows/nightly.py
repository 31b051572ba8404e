"""The nightly flow: pull every source, analyze, publish. The steps are those of `insights run`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.futures import wait
from prefect.tasks import Task, exponential_backoff

from insights.digest.content import Digest
from insights.digest.render import render
from insights.errors import InsightsError, RateLimited, SettingsError, UsageError
from insights.pipeline import follow
from insights.pipeline import nightly as night
from insights.pipeline.engine import Engine
from insights.pipeline.ingest import ingest as pull
from insights.pipeline.lease import Lease
from insights.pipeline.recheck import recheck
from insights.store import digests
from insights.workspace import Workspace

LATER = "later"
"""The deployment that pulls a source again when it may be asked."""
RETRIES = 2
BACK_OFF_SECONDS = 30


def may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Retry what may pass by itself; wrong settings and a far-off rate limit will not."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, InsightsError) and not isinstance(error, SettingsError | RateLimited)


@task(
    retries=RETRIES,
    retry_delay_seconds=exponential_backoff(BACK_OFF_SECONDS),
    retry_jitter_factor=0.5,
    retry_condition_fn=may_pass,
    cache_policy=NO_CACHE,
)
def ingest_source(config: str | None, source: str, as_of: datetime) -> dict[str, int]:
    """Pull one source, then ask it again about its older posts.

    Its health is in the store, whatever becomes of this task.
    """
    engine = _engine(config)
    found = next((made for made in engine.sources if made.name == source), None)
    if found is None:
        raise UsageError(f"the source '{source}' is not in the settings any more")
    tally = pull(engine, found, as_of)
    recheck(engine, found, as_of)
    return {name: getattr(tally, name) for name in tally.__slots__}


@flow(name="insights-ingest", log_prints=False)
def ingest(
    config: str | None = None, sources: list[str] | None = None, as_of: datetime | None = None
) -> dict[str, dict[str, int] | str]:
    """Pull the sources, all or those named, each in a task; a broken one never hides the others.

    One that asks us to come back later is handed to the scheduler: nothing sleeps here.
    """
    names = sources or [source.name for source in Workspace.open(config).sources()]
    moment = as_of or datetime.now(UTC)
    futures = ingest_source.map(config, names, moment) if names else []
    wait(list(futures))
    results: dict[str, dict[str, int] | str] = {}
    for name, future in zip(names, futures, strict=True):
        result: Any = future.result(raise_on_failure=False)
        results[name] = str(result) if isinstance(result, BaseException) else result
        if isinstance(result, RateLimited):
            come_back(config, name, result.resume_at)
    return results


def come_back(config: str | None, source: str, resume_at: datetime) -> None:
    """Have one source pulled when it may be asked again; once, however often this is called.

    Where no deployment stands ready (a flow that was called as a function), the next night pulls.
    """
    log = get_run_logger()
    try:
        run_deployment(
            f"{ingest.name}/{LATER}",
            parameters={"config": config, "sources": [source]},
            scheduled_time=resume_at,
            idempotency_key=f"{config} {source} {resume_at.isoformat()}",
            timeout=0,
            as_subflow=False,
        )
    except ObjectNotFound:
        log.warning("%s can be asked again at %s; the next night does", source, resume_at)
    else:
        log.info("%s will be pulled at %s", source, resume_at)


@task(cache_policy=NO_CACHE)
def analyze_archive(config: str | None, as_of: datetime) -> str:
    """Prepare, embed, discover, detect, rank and compose; return the digest's id."""
    engine = _engine(config)
    with Lease(engine.database) as lease:
        community = Workspace.open(config).settings.community
        follow.ask_trackers(engine, lease, as_of)
        return night.analyze_night(engine, lease, as_of=as_of, community=community).id


@flow(name="insights-analyze", log_prints=False)
def analyze(as_of: datetime, config: str | None = None) -> str:
    """Find topics, signals and insights as of a time; return the id of their digest."""
    return analyze_archive(config, as_of)


@task(cache_policy=NO_CACHE)
def deliver_digest(config: str | None, digest_id: str) -> dict[str, str]:
    """Deliver the digests of the run to whom they are due, and end the run."""
    engine = _engine(config)
    digest = _digest(engine, digest_id)
    with Lease(engine.database) as lease:
        report = night.publish_night(engine, lease, digest.run_id)
    report.check()
    return report.said


@flow(name="insights-publish", log_prints=False)
def publish(digest_id: str, config: str | None = None) -> dict[str, str]:
    """Deliver the digests of a run, and keep the whole one as an artifact for the Prefect page.

    The artifact holds no quotes: Prefect's database is not one that we can erase words from.
    """
    digest = _digest(_engine(config), digest_id)
    create_markdown_artifact(
        render(digest.without_quotes())["md"].decode(),
        key="insights-digest",
        description=f"{digest.posts} posts by {digest.people} people",
    )
    return deliver_digest(config, digest_id)


@flow(name="insights-nightly", log_prints=False)
def nightly(as_of: datetime | None = None, config: str | None = None) -> dict[str, Any]:
    """Run a night; `as_of` is now if it is not given, `config` names the insights.toml.

    Returns ids, counts and the sources that could not be read: posts never enter Prefect.
    """
    log = get_run_logger()
    moment = as_of or datetime.now(UTC).replace(microsecond=0)
    results = ingest(config, as_of=moment)
    for name, result in results.items():
        if isinstance(result, str):
            log.warning("%s could not be read; see the digest, or insights doctor", name)
    digest_id = analyze(moment, config)
    delivered = publish(digest_id, config)
    for name, where in delivered.items():
        log.info("%s: %s", name, where)
    return {"digest_id": digest_id, "ingested": results, "delivered": delivered}


def serve(*, cron: str, config: str | None, say: Callable[[str], None]) -> None:
    """Run the nightly flow on a schedule until this process is stopped."""
    from prefect import serve as serve_deployments
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Cron

    try:
        schedule = Cron(cron, timezone="UTC")
    except ValueError as error:
        raise UsageError(
            f"--cron '{cron}' is no schedule ({error}); write e.g. '0 2 * * *'"
        ) from None
    say(f"the nightly flow runs at '{cron}' UTC; Ctrl-C stops")
    parameters = {"config": config}
    every_night = RunnerDeployment.from_flow(
        nightly, "nightly", schedule=schedule, parameters=parameters
    )
    later = RunnerDeployment.from_flow(ingest, LATER, parameters=parameters)
    serve_deployments(every_night, later, limit=1)


def _engine(config: str | None) -> Engine:
    return Workspace.open(config).engine()


def _digest(engine: Engine, digest_id: str) -> Digest:
    with engine.database.read() as tx:
        return Digest.model_validate(digests.get(tx, digest_id))
