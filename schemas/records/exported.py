"""Every record's JSON Schema, by the name of its file."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from schemas.records.call import CallMade
from schemas.records.campaign_event import CampaignEvent
from schemas.records.click import Click
from schemas.records.cohorts import CohortCall, CohortEntry, CohortList, CohortMark, CohortMember, CohortProgress
from schemas.records.commands import JobCommand
from schemas.records.consent import Consent
from schemas.records.contact import Contact, ImportCursor, Imported
from schemas.records.delivery_report import DeliveryReport
from schemas.records.inbound_message import InboundMessage
from schemas.records.membership import MembershipEvent
from schemas.records.message import Message
from schemas.records.message_outcome import MessageOutcome
from schemas.records.outcomes import DeadLetter, Flush
from schemas.records.repairs import RepairMark, RepairOrder, RepairProgress
from schemas.records.replays import Replay, Replayed
from schemas.records.states import (
    CallMark,
    Coverage,
    Entered,
    ExportedConfiguration,
    IdsChanged,
    InboundSubscription,
    JobState,
    LastMessage,
    Membership,
    Position,
    SpeedClock,
    StartPosition,
    Takeover,
    Verified,
)
from schemas.records.summaries import Bucket, Counted, JobSummary

MODELS: Mapping[str, type[BaseModel]] = {
    "audience_memberships": MembershipEvent,
    "infobip_flushes": Flush,
    "infobip_dead_letters": DeadLetter,
    "infobip_summaries": JobSummary,
    "infobip_summaries_bucket": Bucket,
    "infobip_summaries_counted": Counted,
    "infobip_replays": Replayed,
    "infobip_replay_header": Replay,
    "infobip_commands": JobCommand,
    "infobip_job_states": JobState,
    "infobip_job_starts": StartPosition,
    "infobip_job_positions": Position,
    "infobip_job_ids": IdsChanged,
    "infobip_job_tags": ExportedConfiguration,
    "infobip_job_verification": Verified,
    "infobip_job_repairs": RepairProgress,
    "infobip_repairs": RepairOrder,
    "infobip_repairs_mark": RepairMark,
    "infobip_memberships": Membership,
    "infobip_memberships_coverage": Coverage,
    "infobip_memberships_takeover": Takeover,
    "infobip_addresses": Entered,
    "infobip_speed": SpeedClock,
    "infobip_once": LastMessage,
    "infobip_begun": CallMark,
    "infobip_calls": CallMade,
    "infobip_subscriptions": InboundSubscription,
    "infobip_cohort_members": CohortMember,
    "infobip_cohort_members_mark": CohortMark,
    "infobip_cohorts": CohortList,
    "infobip_cohorts_entry": CohortEntry,
    "infobip_cohorts_done": CohortProgress,
    "infobip_cohorts_call": CohortCall,
    "infobip_contacts": Contact,
    "infobip_cursor": ImportCursor,
    "infobip_imported": Imported,
    "infobip_messages": Message,
    "infobip_delivery_reports": DeliveryReport,
    "infobip_clicks": Click,
    "infobip_inbound_messages": InboundMessage,
    "infobip_consents": Consent,
    "infobip_message_outcomes": MessageOutcome,
    "infobip_campaign_events": CampaignEvent,
}


def records() -> dict[str, dict[str, Any]]:
    """The schemas of all records we read and write."""
    return {f"{name}.schema.json": model.model_json_schema() for name, model in MODELS.items()}
