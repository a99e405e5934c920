"""The shelf of kinds of jobs: a module for each, which says in a model what its jobs may say."""

from collections.abc import Mapping
from typing import Annotated, Final, get_args

from schemas.config.tagged import tagged
from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.import_contacts import ImportContacts
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.jobs.send_message import SendMessage
from schemas.jobs.webhook import Webhook

#: One job of those kinds that read events, and of any kind.
AudienceJob = ExportAudience | SendMessage | Webhook
AnyJob = AudienceJob | ImportContacts | ReceiveMessages


def _name_of(model: type[AnyJob]) -> str:
    (name,) = get_args(model.model_fields["kind"].annotation)
    return str(name)


KINDS: Final[Mapping[str, type[AnyJob]]] = {_name_of(model): model for model in sorted(get_args(AnyJob), key=_name_of)}
Job = Annotated[AnyJob, tagged("kind", KINDS, "kind of job")]
