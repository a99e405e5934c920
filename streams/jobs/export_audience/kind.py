"""Where each part of this kind is; what is asked for first is loaded then."""

from typing import TYPE_CHECKING

from schemas.jobs.export_audience import ExportAudience
from streams.jobs.kind import Kind, later

if TYPE_CHECKING:
    from streams.jobs.export_audience import check, dry_run, start, topics
else:
    check, dry_run, start, topics = later(__package__, "check", "dry_run", "start", "topics")

KIND: Kind[ExportAudience] = Kind(
    name="export_audience",
    operations=start.operations,
    topics=topics.wanted,
    on_demand=topics.on_demand,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
    dry_run=dry_run.dry_run,
)
