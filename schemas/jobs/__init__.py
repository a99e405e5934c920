"""The shelf of kinds of jobs: a module for each, which says in a model what its jobs may say."""

from collections.abc import Mapping
from typing import Annotated

from schemas.config.tagged import tagged
from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.import_contacts import ImportContacts
from schemas.jobs.send_message import SendMessage

#: One job of any kind, and of those kinds that read membership events.
AnyJob = ExportAudience | ImportContacts | SendMessage
AudienceJob = ExportAudience | SendMessage
KINDS: Mapping[str, type[AnyJob]] = {
    "export_audience": ExportAudience,
    "import_contacts": ImportContacts,
    "send_message": SendMessage,
}
Job = Annotated[AnyJob, tagged("kind", KINDS, "kind of job")]
