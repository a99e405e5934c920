"""When a job verifies: each at a time of its own, and at once where one was missed. Quiet."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

from schemas.jobs.export_audience import Verify

#: What was missed is made up for so soon, each job after a time of its own: all of a file start together.
SOON_SECONDS = 60


def due_at(verify: Verify, job: str, last: datetime | None, now: datetime) -> datetime:
    """When the job is to verify next; `last` is when it began to verify the last time.

    Each job has its own moment of the hour, the day or the week, by its name.
    """
    period, own = verify.every_seconds, crc32(job.encode())
    since = (now.timestamp() - own % period) // period * period + own % period
    began = datetime.fromtimestamp(since, UTC)
    if last is None or last < began:
        return now + timedelta(seconds=own % max(SOON_SECONDS, 1))
    return began + timedelta(seconds=period)
