"""The names of the topics this service writes, without the prefix that a deployment may put before them."""

from typing import Annotated

from pydantic import AfterValidator

#: What `pause` and `resume` write, and every job heeds.
COMMANDS = "infobip_commands"
#: Topics of what Infobip tells, which belong to no job.
TOLD = ("infobip_delivery_reports", "infobip_clicks", "infobip_inbound_messages", "infobip_consents")
#: Topics that a deployment shares.
SHARED = (
    COMMANDS,
    "infobip_calls",
    "infobip_contacts",
    "infobip_dead_letters",
    "infobip_flushes",
    "infobip_job_states",
    "infobip_messages",
    "infobip_message_outcomes",
    "infobip_campaign_events",
    *TOLD,
)
#: Topics of one job, whose name follows.
OF_A_JOB = (
    "infobip_cursor_",
    "infobip_imported_",
    "infobip_memberships_",
    "infobip_addresses_",
    "infobip_speed_",
    "infobip_once_",
    "infobip_subscriptions_",
    "infobip_begun_",
    "infobip_cohorts_",
    "infobip_cohort_members_",
    "infobip_tracked_",
    "infobip_replies_",
    "infobip_repairs_",
)
#: Those that no job writes, and that take no settings: what `dead-letters replay` notes, and what jobs did, added up.
REPLAYS, SUMMARIES = "infobip_replays", "infobip_summaries"


#: Topics of ours that tell of messages, of what came back and of people: a job may read them, and pass them on.
READABLE = (
    *TOLD,
    "infobip_messages",
    "infobip_message_outcomes",
    "infobip_campaign_events",
    "infobip_contacts",
)


def reads_records(name: str) -> bool:
    """Whether a topic of this name holds records of ours that may be read, whatever prefix stands before it."""
    return name.endswith(READABLE)


def is_ours(name: str) -> bool:
    """Whether this service writes a topic of this name, where it has no prefix."""
    return name in (REPLAYS, SUMMARIES) or _is_of_jobs(name)


def _is_of_jobs(name: str) -> bool:
    return name in SHARED or any(name.startswith(begins) and name != begins for begins in OF_A_JOB)


def _ours(name: str) -> str:
    if not _is_of_jobs(name):
        known = ", ".join((*SHARED, *(f"{begins}<job>" for begins in OF_A_JOB)))
        raise ValueError(f"no topic of ours is called so (there are, without the prefix: {known})")
    return name


OurTopic = Annotated[str, AfterValidator(_ours)]
