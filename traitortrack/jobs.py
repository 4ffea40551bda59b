"""What keeps the job queue itself in order."""

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="give_back_lost_jobs", pass_context=True, retry=RetryStrategy(max_attempts=3, wait=1))
async def give_back_lost_jobs(context: JobContext, timestamp: int) -> None:
    """A killed worker leaves its jobs marked as running: once its heartbeat is old, they are done again."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)
