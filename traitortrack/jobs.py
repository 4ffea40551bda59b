"""What keeps the job queue itself in order, and every job known by the request that asked for it."""

import logging
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from django.db import connection
from procrastinate import App, JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from structlog.contextvars import bind_contextvars, get_contextvars

from monitoring.metrics.counting import Statements

REQUEST = "request"
log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="give_back_lost_jobs", pass_context=True, retry=RetryStrategy(max_attempts=3, wait=1))
async def give_back_lost_jobs(context: JobContext, timestamp: int) -> None:
    """A killed worker leaves its jobs marked as running: once its heartbeat is old, they are done again."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)


class TracedJobs(JobManager):
    """Writes the id of the request into the lock of a job that has none of its own: the one thing beside its
    arguments that comes with it to the worker. Such a lock is of that job alone, so it holds nobody up."""

    def batch_defer_jobs(self, jobs: list[Job], connection: Any | None = None) -> list[Job]:
        return super().batch_defer_jobs([_with_request_id(job) for job in jobs], connection)

    async def batch_defer_jobs_async(self, jobs: list[Job], connection: Any | None = None) -> list[Job]:
        return await super().batch_defer_jobs_async([_with_request_id(job) for job in jobs], connection)


def _with_request_id(job: Job) -> Job:
    request_id = get_contextvars().get("request_id")
    return job.evolve(lock=f"{REQUEST} {request_id} {uuid4()}") if request_id and not job.lock else job


def _request_id(job: Job) -> str | None:
    kind, request_id, *_own = [*(job.lock or "").split(" "), ""]
    return request_id if kind == REQUEST else None


async def traced(call_next: Callable[[], Awaitable[Any]], context: JobContext, _worker: Any) -> Any:
    """Every line of a job carries its number and the id of the request that asked for it. Each job is an
    asyncio task of its own, so nothing is unbound: the line about its end carries them too."""
    job = context.job
    bind_contextvars(request_id=_request_id(job), job_id=job.id, task=job.task_name)
    try:
        return await call_next()
    except Exception:
        # procrastinate has a line for a failure only when it is not tried again.
        log.warning("job failed", exc_info=True)
        raise


def commented(call_next: Callable[[], Any], _context: JobContext, _worker: Any) -> Any:
    """A job's statements carry the request's id, as the request's own do."""
    whose = SimpleNamespace(request_id=get_contextvars().get("request_id") or "job")
    with connection.execute_wrapper(Statements(whose)):
        return call_next()


def trace(procrastinate: App) -> None:
    """Called once the job queue is ready (PROCRASTINATE_ON_APP_READY)."""
    procrastinate.job_manager = TracedJobs(procrastinate.connector)
    procrastinate.worker_defaults |= {"worker_middleware": [traced], "task_middleware": [commented]}
