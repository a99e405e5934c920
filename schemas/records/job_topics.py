"""The topics of which each job has its own, for itself."""

from schemas.records.topic import COHORTS, ERASE, JOB, MARK, REPAIR, STATUS, SUBSCRIPTIONS, VERIFY, Form, Topic

_MESSAGE_ID = "ae76f014-b43b-58a2-b885-58b36b3cbc1c"


def _by_profile(record: str) -> tuple[Form, ...]:
    return (
        Form(record=record, key="profile_id", key_example="u-42"),
        Form(record="infobip_memberships_coverage", key=f"{MARK} and `covers`", key_example=f"{MARK}covers"),
        Form(record="infobip_memberships_takeover", key=f"{MARK} and `epoch`", key_example=f"{MARK}epoch"),
    )


OF_A_JOB: tuple[Topic, ...] = (
    Topic(
        name=f"infobip_cursor_{JOB}",
        about="how far an import has come, and its run",
        keeps="state",
        erased="nobody",
        written_by=("import_contacts",),
        read_by=("import_contacts", STATUS),
        forms=(Form(record="infobip_cursor", key="job", key_example="contacts"),),
    ),
    Topic(
        name=f"infobip_imported_{JOB}",
        about="which version of a person was written last",
        keeps="state",
        erased="tombstones",
        written_by=("import_contacts", ERASE),
        read_by=("import_contacts", ERASE),
        forms=(Form(record="infobip_imported", key="infobip_person_id", key_example="1"),),
        gone="the person is gone, was erased, or is older than what is remembered",
    ),
    Topic(
        name=f"infobip_speed_{JOB}",
        about="until when a speed limit is used up",
        keeps="state",
        erased="nobody",
        written_by=("send_message",),
        read_by=("send_message",),
        forms=(Form(record="infobip_speed", key="topic-partition", key_example="audience_memberships-0"),),
    ),
    Topic(
        name=f"infobip_memberships_{JOB}",
        about="the audiences a profile is in, where audiences share a tag, and up to which event",
        keeps="state",
        erased="tombstones",
        written_by=("export_audience", ERASE),
        read_by=("export_audience", ERASE, VERIFY),
        forms=_by_profile("infobip_memberships"),
        gone="the profile is in none of the job's audiences any more, or was erased",
        headers={"position": "of a tombstone: which event says so, as JSON"},
    ),
    Topic(
        name=f"infobip_addresses_{JOB}",
        about="for jobs with `keep_members` or `remember_address`, instead: what a profile entered each audience by",
        keeps="state",
        erased="tombstones",
        written_by=("export_audience", ERASE),
        read_by=("export_audience", ERASE, VERIFY),
        forms=_by_profile("infobip_addresses"),
        gone="the profile is in none of the job's audiences any more, or was erased",
        headers={"position": "of a tombstone: which event says so, as JSON"},
    ),
    Topic(
        name=f"infobip_once_{JOB}",
        about="the last message of a person, for jobs with `once`",
        keeps="state",
        erased="tombstones",
        written_by=("send_message", ERASE),
        read_by=("send_message", ERASE),
        forms=(Form(record="infobip_once", key="profile_id", key_example="u-42"),),
        gone="the person may have a message again, or was erased",
    ),
    Topic(
        name=f"infobip_begun_{JOB}",
        about="up to where a webhook with `repeat: never` has begun to call",
        keeps="state",
        erased="nobody",
        written_by=("webhook",),
        read_by=("webhook",),
        forms=(Form(record="infobip_begun", key="topic-partition", key_example="audience_memberships-0"),),
    ),
    Topic(
        name=f"infobip_subscriptions_{JOB}",
        about="what Infobip tells a job that receives messages of; a tombstone once that was ended",
        keeps="state",
        erased="nobody",
        written_by=("receive_messages", SUBSCRIPTIONS),
        read_by=("receive_messages", SUBSCRIPTIONS),
        forms=(Form(record="infobip_subscriptions", key="job", key_example="orders"),),
        gone="the subscription was ended",
    ),
    Topic(
        name=f"infobip_cohort_members_{JOB}",
        about="who is to be in which list; a tombstone where nobody is",
        keeps="state",
        erased="tombstones",
        written_by=("sync_cohort", ERASE),
        read_by=("sync_cohort", COHORTS, ERASE),
        forms=(
            Form(
                record="infobip_cohort_members",
                key='["member", audience, profile_id]',
                key_example='["member","vip","u-42"]',
                parts=("member", None, None),
            ),
            Form(
                record="infobip_cohort_members_mark",
                key='["mark", session]',
                key_example='["mark","worker-1-4711-9f02ac"]',
                parts=("mark", None),
            ),
        ),
        gone="the profile is in the audience no more, or was erased",
    ),
    Topic(
        name=f"infobip_cohorts_{JOB}",
        about="which lists there are, and who is in them; a tombstone where nobody is",
        keeps="state",
        erased="tombstones",
        written_by=("sync_cohort", ERASE),
        read_by=("sync_cohort", COHORTS, ERASE),
        forms=(
            Form(
                record="infobip_cohorts",
                key='["list", audience]',
                key_example='["list","vip"]',
                parts=("list", None),
            ),
            Form(
                record="infobip_cohorts_entry",
                key='["entry", audience, id]',
                key_example='["entry","vip","ann@example.com"]',
                parts=("entry", None, None),
            ),
            Form(
                record="infobip_cohorts_done",
                key='["done", session]',
                key_example='["done","worker-1-4711-9f02ac"]',
                parts=("done", None),
            ),
            Form(
                record="infobip_cohorts_call",
                key='["call", operation]',
                key_example='["call","create_list"]',
                parts=("call", None),
            ),
        ),
        gone="nobody is, the call was answered, or the person was erased",
    ),
    Topic(
        name=f"infobip_tracked_{JOB}",
        about="what a job that follows messages knows of each, and how far it has read; its own matter",
        keeps="state",
        erased="tombstones",
        written_by=("track_messages", ERASE),
        read_by=("track_messages", ERASE),
        forms=(
            Form(
                record="infobip_tracked",
                key="message_id, or an address, or what begins with 0x00",
                key_example=_MESSAGE_ID,
                own="bytes",
            ),
        ),
        gone="the message is followed no more, or the person was erased",
    ),
    Topic(
        name=f"infobip_replies_{JOB}",
        about="what belongs to another partition of a job that follows messages; its own matter",
        keeps="records",
        erased="by age",
        written_by=("track_messages",),
        read_by=("track_messages",),
        forms=(Form(record="infobip_replies", key="message_id, or an address", key_example=_MESSAGE_ID, own="json"),),
    ),
    Topic(
        name=f"infobip_repairs_{JOB}",
        about="what is to be done about people of whom Infobip does not hold what Kafka says, kept for a day; made by "
        "the first repair, or with `on_change: apply`",
        keeps="records",
        erased="by age",
        written_by=(REPAIR, "export_audience"),
        read_by=("export_audience",),
        forms=(
            Form(record="infobip_repairs", key="repair_id", key_example="9d1f3c0a7b52"),
            Form(record="infobip_repairs_mark", key="repair_id", key_example="9d1f3c0a7b52"),
        ),
        headers={
            "what": "`order`, `begun` or `stopped`",
            "topic": "of an order: the input",
            "action": "of an order: `add`, `remove` or `fields`",
            "tag": "of an order: the tag",
            "people": "of an order: how many people it is about",
        },
    ),
)
