"""The kind `export_audience`: who enters becomes a tagged person, who exits loses the tag."""

from schemas.jobs.export_audience import ExportAudience
from streams.jobs.export_audience import check, dry_run, start, topics
from streams.jobs.kind import Kind

KIND: Kind[ExportAudience] = Kind(
    name="export_audience",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
    dry_run=dry_run.dry_run,
)
