from typing import Any

import pytest

from schemas.records.campaign_event import CampaignEvent
from schemas.records.message_outcome import MessageOutcome
from tests.jobs.track_messages.tracking import DAY, HOUR, MINUTE, TOPICS, World

HANDSET = (3, 5, "DELIVERED_TO_HANDSET")
OPERATOR = (3, 2, "DELIVERED_TO_OPERATOR")
UNDELIVERABLE = (2, 9, "UNDELIVERABLE_NOT_DELIVERED")
EXPIRED = (4, 15, "EXPIRED_EXPIRED")


def test_a_delivered_message_has_its_outcome_at_once() -> None:
    world = World()
    world.message()
    assert world.outcomes() == []
    world.wait(9000)
    world.report(*HANDSET)
    assert world.outcomes() == [
        {
            "message_id": "m-1",
            "job": "order-sms",
            "channel": "sms",
            "event_id": "e-1",
            "profile_id": "u-1",
            "audience": "order_shipped",
            "to": "447860099299",
            "outcome": "DELIVERED",
            "status_name": "DELIVERED_TO_HANDSET",
            "error_name": "NO_ERROR",
            "seen": "NOT_SEEN",
            "urls": [],
            "reply": None,
            "final": True,
            "reason": "reported",
            "sent_at": "2026-11-20T10:00:00Z",
            "done_at": "2026-11-20T10:00:08Z",
            "seen_at": None,
            "decided_at": "2026-11-20T10:00:09Z",
        }
    ]


def test_a_failure_says_its_error_in_the_words_of_campaigns() -> None:
    world = World(campaign_event="sms_event")
    world.message()
    world.report(*UNDELIVERABLE, error_id=1, error_name="EC_UNKNOWN_SUBSCRIBER", error_description="No such number")
    shared = {"event_type": "sms_event", "action_type": "sms", "number_of_message_parts": 2, "message_id": "m-1"} | {
        "job": "order-sms",
        "channel": "sms",
        "event_id": "e-1",
        "profile_id": "u-1",
        "audience": "order_shipped",
    }
    assert world.events() == [
        {**shared, "status": "enqueued", "status_code": None, "error": None, "comment": None}
        | {"at": "2026-11-20T10:00:00Z"},
        {**shared, "status": "failed", "status_code": 1, "error": "EC_UNKNOWN_SUBSCRIBER"}
        | {"comment": "No such number", "at": "2026-11-20T10:00:08Z"},
    ]
    assert world.outcomes()[-1]["error_name"] == "EC_UNKNOWN_SUBSCRIBER"


def test_a_message_that_was_never_sent_is_rejected_at_once() -> None:
    world = World()
    world.message(
        status="enqueue_failed",
        message_status="Error: Invalid phone number",
        error="no number",
        status_id=None,
        status_name=None,
    )
    assert world.verdicts() == [("REJECTED", "not_sent")]
    assert (world.outcomes()[0]["final"], world.outcomes()[0]["error_name"]) == (True, "Error: Invalid phone number")
    assert [(one["status"], one["error"], one["comment"]) for one in world.events()] == [
        ("enqueue_failed", "Error: Invalid phone number", "no number")
    ]


def test_a_message_without_a_report_waits_and_is_then_not_available() -> None:
    world = World()
    world.message()
    world.wait(4 * DAY - 1)
    assert world.outcomes() == []
    world.wait(1)
    assert world.verdicts() == [("NOT_AVAILABLE", "waited")]
    assert not world.outcomes()[0]["final"]


@pytest.mark.parametrize(
    ("options", "waits"),
    [
        ({"wait": {"hours": 3}}, 3 * HOUR),
        ({"wait_by_channel": {"sms": {"hours": 2}}}, 2 * HOUR),
        ({"wait_by_channel": {"sms": {"hours": 2}}, "wait_by_job": {"order-sms": {"hours": 1}}}, HOUR),
        ({"wait_by_channel": {"email": {"hours": 2}}}, 4 * DAY),
    ],
)
def test_the_waiting_time_is_the_jobs_the_channels_or_that_of_all(options: dict[str, Any], waits: int) -> None:
    world = World(**options)
    world.message()
    world.wait(waits - 1)
    assert world.outcomes() == []
    world.wait(1)
    assert world.verdicts() == [("NOT_AVAILABLE", "waited")]


def test_a_report_after_the_waiting_time_writes_a_new_outcome() -> None:
    world = World()
    world.message()
    world.wait(7 * DAY)
    world.report(*HANDSET)
    assert world.verdicts() == [("NOT_AVAILABLE", "waited"), ("DELIVERED", "reported")]
    assert world.statuses() == ["enqueued", "delivered"]


def test_where_a_country_reports_nothing_that_is_said_at_once() -> None:
    world = World()
    world.message(to="4915123456789")
    assert world.verdicts() == [("NOT_AVAILABLE", "no_reports_from_country")]
    world.wait(5 * DAY)
    assert len(world.outcomes()) == 1, "and not again when its time is over"
    world.report(*HANDSET)
    assert world.verdicts()[-1] == ("DELIVERED", "reported")


@pytest.mark.parametrize("more", [{"channel": "whatsapp_text"}, {"to": "447860099299"}, {"to": None}])
def test_other_channels_and_countries_wait(more: dict[str, Any]) -> None:
    world = World()
    world.message(**{"to": "4915123456789", **more})
    assert world.outcomes() == []


def test_users_say_which_countries_report_nothing() -> None:
    world = World(countries_without_reports=["GB"])
    world.message("m-1", to="4915123456789")
    world.message("m-2")
    assert (world.verdicts("m-1"), world.verdicts("m-2")) == ([], [("NOT_AVAILABLE", "no_reports_from_country")])


def test_a_report_before_its_message_is_told_when_the_message_is_there() -> None:
    world = World()
    world.report(*HANDSET)
    assert world.drafts == []
    world.wait(1000)
    world.message()
    assert world.verdicts() == [("DELIVERED", "reported")]
    assert world.statuses() == ["enqueued", "delivered"]


def test_a_message_of_which_only_reports_tell_is_told_by_them() -> None:
    world = World()
    world.report(*HANDSET, channel="whatsapp")
    world.wait(15 * MINUTE)
    (said,) = world.outcomes()
    assert (said["outcome"], said["job"], said["channel"], said["to"]) == (
        "DELIVERED",
        "order-sms",
        "whatsapp",
        "447860099299",
    )


def test_a_report_of_nobody_is_forgotten_without_a_word() -> None:
    world = World()
    world.report(*HANDSET, job=None)
    world.seen("m-2")
    assert len(world.states) == 2
    world.wait(4 * DAY)
    assert (world.drafts, world.states) == ([], {})


def test_messages_of_other_jobs_are_not_followed() -> None:
    world = World()
    world.report(*HANDSET, "m-1", job="another")
    world.seen("m-2")
    world.message("m-2", job="another")
    assert (world.drafts, world.states) == ([], {})


def test_without_jobs_all_are_followed() -> None:
    world = World(jobs=[])
    world.message(job="another")
    assert world.statuses() == ["enqueued"]


def test_a_repeated_report_says_nothing_new() -> None:
    world = World()
    world.message()
    world.report(*HANDSET)
    told = list(world.drafts)
    world.message()
    world.report(*HANDSET)
    world.report(*HANDSET)
    assert world.drafts == told


def test_a_report_long_after_the_message_was_forgotten_takes_nothing_back() -> None:
    world = World()
    world.message()
    world.report(*HANDSET)
    told = list(world.drafts)
    world.wait(30 * DAY)
    assert world.states == {}
    world.report(*EXPIRED)
    world.click()
    world.wait(30 * DAY)
    assert (world.drafts, world.states) == (told, {})


def test_seen_links_and_a_reply_make_new_outcomes() -> None:
    world = World()
    world.message(channel="whatsapp_text")
    world.report(*HANDSET)
    world.seen()
    world.click("https://example.com/b")
    world.click("https://example.com/a")
    world.click("https://example.com/a")
    world.inbound(channel="whatsapp")
    said = [(one["seen"], one["seen_at"], one["urls"], one["reply"]) for one in world.outcomes()]
    at, a, b = "2026-11-20T10:05:00Z", "https://example.com/a", "https://example.com/b"
    assert said == [
        ("NOT_SEEN", None, [], None),
        ("SEEN", at, [], None),
        ("SEEN", at, [b], None),
        ("SEEN", at, [a, b], None),
        ("SEEN", at, [a, b], "yes please"),
    ]


def test_an_email_that_was_opened_was_seen() -> None:
    world = World()
    world.message(channel="email", to="ann@example.com")
    world.report(*HANDSET)
    world.click(notification_type="OPENED", url=None, received_at="2026-11-20T11:00:00Z")
    assert (world.outcomes()[-1]["seen"], world.outcomes()[-1]["seen_at"]) == ("SEEN", "2026-11-20T11:00:00Z")


def test_what_comes_before_the_end_is_in_its_outcome() -> None:
    world = World()
    world.message()
    world.click()
    world.inbound()
    assert world.outcomes() == []
    world.report(*HANDSET)
    assert [(one["urls"], one["reply"]) for one in world.outcomes()] == [(["https://example.com/a"], "yes please")]


@pytest.mark.parametrize("channel", ["whatsapp_text", "email", "lms"])
def test_only_sms_and_mms_make_campaign_events_unless_all_are_asked_for(channel: str) -> None:
    for options, expected in (({}, []), ({"campaign_events_of": ["all"]}, ["enqueued", "delivered"])):
        world = World(**options)
        world.message(channel=channel)
        world.report(*HANDSET)
        assert world.statuses() == expected


def test_a_message_from_the_future_waits_no_longer_than_others() -> None:
    world = World()
    world.message(sent_at="2999-01-01T00:00:00Z")
    world.wait(4 * DAY)
    assert world.verdicts() == [("NOT_AVAILABLE", "waited")]
    world.wait(4 * DAY)
    assert world.states == {}


def test_a_second_try_that_infobip_refuses_as_repeated_says_nothing_of_the_first() -> None:
    world = World()
    world.message()
    world.report(5, 23, "REJECTED_DUPLICATE_MESSAGE_ID")
    assert (world.outcomes(), world.statuses()) == ([], ["enqueued"])


def test_a_refused_message_that_is_sent_after_all_goes_on() -> None:
    world = World()
    world.message(status="enqueue_failed", message_status="Error: Rejected by Infobip")
    world.message()
    world.report(*HANDSET)
    assert world.verdicts() == [("REJECTED", "not_sent"), ("DELIVERED", "reported")]
    assert world.statuses() == ["enqueue_failed", "enqueued", "delivered"]


def test_an_email_that_comes_back_late_was_not_delivered() -> None:
    world = World()
    world.message(channel="email")
    world.report(*HANDSET)
    world.report(2, None, "LATE_BOUNCE", done_at=None)
    world.report(*HANDSET)
    assert world.verdicts() == [("DELIVERED", "reported"), ("UNDELIVERABLE", "reported")]


def test_what_is_written_is_what_the_schemas_say() -> None:
    world = World()
    world.message(to="4915123456789")
    world.report(*OPERATOR)
    world.report(*HANDSET)
    for draft in world.drafts:
        if draft.topic == TOPICS.message_outcomes:
            MessageOutcome.model_validate_json(draft.value or b"")
        elif draft.topic == TOPICS.campaign_events:
            CampaignEvent.model_validate_json(draft.value or b"")
    assert [len(world.outcomes()), len(world.events())] == [3, 2]


def test_messages_leave_when_their_time_is_over_for_as_long_again() -> None:
    world = World(wait={"days": 1})
    world.message()
    world.report(*HANDSET)
    world.wait(2 * DAY - 1)
    assert b"m-1" in world.states
    world.wait(1)
    assert world.states == {}
