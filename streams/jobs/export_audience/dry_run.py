"""What `preview` drives of an export: everybody is new, and nobody is in any audience yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.config.webhooks import Webhooks
from schemas.jobs.export_audience import ExportAudience
from streams.jobs.export_audience.plan import Attributes, Exporter, StatefulExporter
from streams.pipeline.dry_run import DryRun
from streams.pipeline.window import OpenWindow


@dataclass(frozen=True, slots=True)
class Memory:
    """Who is in which audiences, for as long as the preview takes."""

    known: dict[str, frozenset[str]] = field(default_factory=dict)

    def learn(self, changes: Mapping[str, frozenset[str]], /) -> None:
        """Take over what a folded window says."""
        self.known.update(changes)


def dry_run(job: ExportAudience, _: Webhooks | None, __: float) -> DryRun:
    """An export to an account that has no custom attributes yet."""
    exporter = Exporter(job, Attributes())
    window = OpenWindow(job.wants, job.flush.max_events)
    return DryRun(window, StatefulExporter(exporter, Memory()), exporter.left_out)
