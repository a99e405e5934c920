"""Every topic that is read or written here: those that all jobs share, and those of a job.

How a topic is made, with which partitions and settings, is said where it is made; a test holds both together.
"""

from schemas.records.job_topics import OF_A_JOB
from schemas.records.topic import (
    CONSOLE,
    ERASE,
    EVERY_JOB,
    LETTERS,
    PAUSING,
    RECEIVER,
    REPAIR,
    REPLAY,
    STATUS,
    TRACE,
    VERIFY,
    YOURS,
    Form,
    Topic,
)

_MESSAGE_ID = "ae76f014-b43b-58a2-b885-58b36b3cbc1c"
_CUT = {"cut": "which fields were cut, because the topic takes no record so large"}


def _by_message(record: str) -> tuple[Form, ...]:
    return (Form(record=record, key="message_id", key_example=_MESSAGE_ID),)


INPUT = Topic(
    name="audience_memberships",
    about="One profile enters or exits one audience. Any topics of yours, which jobs name.",
    keeps="records",
    erased="by age",
    written_by=(YOURS, REPLAY),
    read_by=("export_audience", "send_message", "sync_cohort", "store_history", "webhook"),
    forms=(Form(record="audience_memberships", key="profile_id", key_example="u-42"),),
    headers={"infobip-streams-replay": "whose dead letter is published back, as JSON (`infobip_replay_header`)"},
)
SHARED: tuple[Topic, ...] = (
    Topic(
        name="infobip_contacts",
        about="one version of a contact, or a tombstone",
        keeps="latest",
        erased="tombstones",
        written_by=("import_contacts", ERASE),
        read_by=(ERASE, YOURS),
        forms=(Form(record="infobip_contacts", key="infobip_person_id", key_example="1"),),
        gone="the person is gone from Infobip, or was erased: then it has no headers",
        headers={"job": "the job", "run_id": "the run", "modifiedAt": "the person's modifiedAt", **_CUT},
    ),
    Topic(
        name="infobip_messages",
        about="one message handed to Infobip, or refused",
        keeps="records",
        erased="by age",
        written_by=("send_message", "webhook"),
        read_by=("send_message", "webhook", "track_messages", "store_history", TRACE, YOURS),
        forms=_by_message("infobip_messages"),
    ),
    Topic(
        name="infobip_delivery_reports",
        about="one delivery or seen report, of any channel",
        keeps="records",
        erased="by age",
        written_by=(RECEIVER,),
        read_by=("send_message", "webhook", "track_messages", "store_history", TRACE, YOURS),
        forms=_by_message("infobip_delivery_reports"),
        headers=_CUT,
    ),
    Topic(
        name="infobip_clicks",
        about="one click on a tracked link, or one opening of an email",
        keeps="records",
        erased="by age",
        written_by=(RECEIVER,),
        read_by=("track_messages", "store_history", TRACE, YOURS),
        forms=_by_message("infobip_clicks"),
        headers=_CUT,
    ),
    Topic(
        name="infobip_inbound_messages",
        about="one message that somebody sent",
        keeps="records",
        erased="by age",
        written_by=(RECEIVER,),
        read_by=("track_messages", "store_history", TRACE, YOURS),
        forms=(Form(record="infobip_inbound_messages", key="from", key_example="14155550123"),),
        headers=_CUT,
    ),
    Topic(
        name="infobip_calls",
        about="one call of a webhook, and its answer; of a call for several events one for each",
        keeps="records",
        erased="by age",
        written_by=("webhook",),
        read_by=(YOURS,),
        forms=(Form(record="infobip_calls", key="event_id", key_example="e-1"),),
    ),
    Topic(
        name="infobip_message_outcomes",
        about="what became of a message; the last one counts",
        keeps="records",
        erased="by age",
        written_by=("track_messages",),
        read_by=("store_history", TRACE, YOURS),
        forms=_by_message("infobip_message_outcomes"),
    ),
    Topic(
        name="infobip_campaign_events",
        about="one thing that happened to a message, once",
        keeps="records",
        erased="by age",
        written_by=("track_messages",),
        read_by=(YOURS,),
        forms=_by_message("infobip_campaign_events"),
    ),
    Topic(
        name="infobip_consents",
        about="one opt-out or opt-in",
        keeps="records",
        erased="by age",
        written_by=(RECEIVER,),
        read_by=(YOURS,),
        forms=(Form(record="infobip_consents", key="address", key_example="14155550123"),),
        headers=_CUT,
    ),
    Topic(
        name="infobip_flushes",
        about="one window, or one run of an import",
        keeps="records",
        erased="nobody",
        written_by=(EVERY_JOB,),
        read_by=(EVERY_JOB, STATUS, YOURS),
        forms=(Form(record="infobip_flushes", key="job", key_example="order-sms"),),
    ),
    Topic(
        name="infobip_dead_letters",
        about="what could not be used, whole",
        keeps="records",
        erased="by age",
        written_by=(EVERY_JOB, RECEIVER),
        read_by=(LETTERS, YOURS),
        forms=(Form(record="infobip_dead_letters", key="the original key", key_example="u-43"),),
    ),
    Topic(
        name="infobip_job_states",
        about="how each process is doing each job (let go of a day after it was last heard of), where each job began, "
        "how far it has come, what it does to people, how far a repair has come, what it found when it verified",
        keeps="state",
        erased="nobody",
        written_by=(EVERY_JOB,),
        read_by=(EVERY_JOB, STATUS, VERIFY, REPAIR),
        forms=(
            Form(record="infobip_job_states", key="<job>/<process>", key_example="order-sms/worker-1-4711-9f02ac"),
            Form(
                record="infobip_job_starts",
                key="<job>/start/<topic>-<partition>",
                key_example="order-sms/start/audience_memberships-0",
            ),
            Form(
                record="infobip_job_positions",
                key="<job>/position/<topic>-<partition>",
                key_example="order-sms/position/audience_memberships-0",
            ),
            Form(record="infobip_job_tags", key="<job>/configuration", key_example="vip/configuration"),
            Form(record="infobip_job_ids", key="<job>/ids", key_example="order-sms/ids"),
            Form(record="infobip_repairs_mark", key="<job>/repair", key_example="vip/repair"),
            Form(
                record="infobip_job_repairs",
                key="<job>/repair/<topic>-<partition>",
                key_example="vip/repair/audience_memberships-0",
            ),
            Form(record="infobip_job_verification", key="<job>/verification", key_example="vip/verification"),
        ),
        gone="the process was not heard of for a day",
    ),
    Topic(
        name="infobip_summaries",
        about="what jobs did, added up: in all, by hour and by day, and up to where that counts",
        keeps="state",
        erased="nobody",
        written_by=(EVERY_JOB,),
        read_by=(STATUS, CONSOLE),
        forms=(
            Form(record="infobip_summaries", key="job/<job>", key_example="job/order-sms"),
            Form(
                record="infobip_summaries_bucket",
                key="<hour or day>/<begins_at>/<job>",
                key_example="hour/2026-11-20T10/order-sms",
            ),
            Form(
                record="infobip_summaries_counted",
                key="counted/<topic>/<partition>",
                key_example="counted/infobip_flushes/0",
            ),
        ),
        gone="the hour or day is too old to be told of",
    ),
    Topic(
        name="infobip_commands",
        about="whether a job is paused, by whom and since when",
        keeps="state",
        erased="nobody",
        written_by=(PAUSING,),
        read_by=(EVERY_JOB, STATUS),
        forms=(Form(record="infobip_commands", key="job", key_example="order-sms"),),
    ),
    Topic(
        name="infobip_replays",
        about="that an event's dead letters were published back; made by the first replay",
        keeps="state",
        erased="nobody",
        written_by=(REPLAY,),
        read_by=(LETTERS, REPLAY),
        forms=(
            Form(
                record="infobip_replays",
                key="job and event, as JSON",
                key_example='{"job":"order-sms","topic":"audience_memberships","partition":0,"offset":1201,'
                '"timestamp":1795168800000}',
                key_record="infobip_replay_header",
            ),
        ),
    ),
)
TOPICS: tuple[Topic, ...] = (INPUT, *SHARED, *OF_A_JOB)
