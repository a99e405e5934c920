"""What `preview` drives of a job that mirrors audiences: there is no list yet, and Infobip refuses nobody."""

from schemas.config.webhooks import Webhooks
from schemas.jobs.sync_cohort import SyncCohort
from streams.jobs.sync_cohort.plan import CohortProcessor
from streams.pipeline.dry_run import DryRun
from streams.pipeline.window import OpenWindow


def dry_run(job: SyncCohort, _: Webhooks | None, __: float) -> DryRun:
    """A job that begins, with no limits on its calls."""
    return DryRun(OpenWindow(job.wants, job.flush.max_events), CohortProcessor(job), lambda _: ())
