"""What `preview` drives of an export: everybody is new, and nobody is in any audience yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.config.webhooks import Webhooks
from schemas.jobs.export_audience import ExportAudience
from streams.jobs.export_audience.folded import ExportBatch
from streams.jobs.export_audience.plan import Attributes, Exporter, StatefulExporter
from streams.pipeline.dry_run import DryRun
from streams.pipeline.window import OpenWindow, Window


@dataclass(frozen=True, slots=True)
class Memory:
    """Who is in which audiences, for as long as the preview takes."""

    known: dict[str, frozenset[str]] = field(default_factory=dict)

    def known_in(self, _: Window, /) -> Mapping[str, frozenset[str]]:
        """What is known of everybody."""
        return self.known

    def learn(self, batch: ExportBatch, /) -> None:
        """Take over what a folded window says."""
        self.known.update(batch.memberships)


def dry_run(job: ExportAudience, _: Webhooks | None, __: float) -> DryRun:
    """An export to an account that has no custom attributes yet."""
    exporter = Exporter(job, Attributes())
    window = OpenWindow(job.wants, job.flush.max_events)
    return DryRun(window, StatefulExporter(exporter, Memory()), exporter.left_out)
