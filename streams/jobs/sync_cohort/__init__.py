"""The kind `sync_cohort`: each audience is mirrored whole as a list of Infobip's."""

from schemas.jobs.sync_cohort import SyncCohort
from streams.jobs.kind import Kind
from streams.jobs.sync_cohort import check, dry_run, start, topics

KIND: Kind[SyncCohort] = Kind(
    name="sync_cohort",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
    led=start.led,
    dry_run=dry_run.dry_run,
)
