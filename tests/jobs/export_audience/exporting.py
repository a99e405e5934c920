"""An export of some events, told to an Infobip of the test's choice."""

from collections.abc import Sequence
from typing import Any

from schemas.jobs.export_audience import ExportAudience
from streams.calls.call import Call
from streams.jobs.export_audience.folded import ExportBatch
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.pipeline.settle import Settled
from tests.fakes.infobip import Infobip
from tests.making import export_job, window_of

EMAIL = "EMAIL"


def deliver(
    values: Sequence[bytes | None],
    job: ExportAudience | None = None,
    talk: Infobip | None = None,
    held: dict[str, frozenset[str]] | None = None,
    attributes: dict[str, Any] | None = None,
) -> tuple[list[Call], Settled, ExportBatch]:
    """The calls that are made, and what became of the events."""
    job, talk = job or export_job(), talk or Infobip()
    exporter = Exporter(job, Attributes(attributes or {}))
    folded = exporter.fold(window_of(job, values), held or {})
    settled = talk.hold(exporter.deliver(folded))
    return talk.calls, settled, folded
