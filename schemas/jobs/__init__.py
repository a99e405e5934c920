"""The shelf of kinds of jobs: a module for each, which says in a model what its jobs may say."""

from collections.abc import Mapping
from typing import Annotated, Final, get_args

from schemas.config.tagged import tagged
from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.import_contacts import ImportContacts
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.jobs.send_message import SendMessage
from schemas.jobs.store_history import StoreHistory
from schemas.jobs.sync_cohort import SyncCohort
from schemas.jobs.track_messages import TrackMessages
from schemas.jobs.webhook import Webhook

#: One job of those kinds that read membership events, and of any kind.
AudienceJob = ExportAudience | SendMessage | SyncCohort | Webhook
AnyJob = AudienceJob | ImportContacts | ReceiveMessages | StoreHistory | TrackMessages


def authorization_of(job: AnyJob) -> str | None:
    """The name of the authorization that a job works with; None where its kind needs none."""
    return None if isinstance(job, StoreHistory) else job.authorization or None


def _name_of(model: type[AnyJob]) -> str:
    (name,) = get_args(model.model_fields["kind"].annotation)
    return str(name)


KINDS: Final[Mapping[str, type[AnyJob]]] = {_name_of(model): model for model in sorted(get_args(AnyJob), key=_name_of)}
Job = Annotated[AnyJob, tagged("kind", KINDS, "kind of job")]
