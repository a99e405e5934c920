"""What Infobip says of messages, read: by their ids, else in their order, and whatever else it says."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records.message import MessageStatus
from streams.calls.faults import error_of
from streams.channels.batch_answers import (
    BY_FIELD,
    BY_STATUS,
    MessageResult,
    answered,
    logged,
    properties_of,
    refused,
    status_of,
)

PENDING = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}
BLOCKED = {"groupId": 5, "groupName": "REJECTED", "id": 14, "name": "REJECTED_DESTINATION_BLOCKLISTED"}
TWICE = {"groupId": 5, "groupName": "REJECTED", "id": 23, "name": "REJECTED_DUPLICATE_MESSAGE_ID"}


def one(message_id: str | None, status: Any = None, **more: Any) -> dict[str, Any]:
    said = {} if message_id is None else {"messageId": message_id}
    return {**said, "status": status or PENDING, **more}


def outcomes(body: Any, *ids: str) -> dict[str, str]:
    return {name: result.outcome for name, result in answered(body, ids).items()}


def many(*messages: Any) -> dict[str, Any]:
    return {"bulkId": "b-1", "messages": list(messages)}


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ({"a": "accepted", "b": "rejected"}, many(one("a"), one("b", BLOCKED))),
        ({"a": "accepted", "b": "rejected"}, many(one("b", BLOCKED), one("a"))),
        ({"a": "accepted", "b": "rejected"}, many(one(None), one(None, BLOCKED))),
        ({"a": "accepted", "b": "rejected"}, many(one("theirs-1"), one("theirs-2", BLOCKED))),
        ({"a": "accepted", "b": "rejected"}, many(one("a"), one(None, BLOCKED))),
        # What is said of a message by its name counts, whatever stands in its place.
        ({"b": "rejected"}, many(one("b", BLOCKED), one("x"))),
        ({"a": "rejected"}, many(one("x"), one("a", BLOCKED), one("y"))),
        # Fewer and more than were sent: places tell nothing.
        ({"b": "rejected"}, many(one("b", BLOCKED))),
        ({}, many(one(None))),
        ({}, many(one(None), one(None), one(None))),
        ({"a": "accepted", "b": "rejected"}, many(one("a"), one("x"), one("b", BLOCKED))),
        # Who was refused once and taken once gets the message.
        ({"a": "accepted"}, many(one("a"), one("a", BLOCKED))),
        ({"a": "accepted"}, many(one("a", BLOCKED), one("a"))),
        # One that cannot be read is not known of.
        ({"b": "rejected"}, many({"messageId": "a"}, one("b", BLOCKED))),
        ({"b": "rejected"}, many(one("a", {"groupId": "much"}), one("b", BLOCKED))),
        ({"b": "rejected"}, many("junk", one("b", BLOCKED))),
        ({"b": "rejected"}, many(None, one(None, BLOCKED))),
        ({}, {"messages": None}),
        ({}, {"messages": {"a": one("a")}}),
        ({}, {}),
        ({}, []),
        ({}, None),
        ({}, "OK"),
    ],
)
def test_answers_speak_of_messages_by_their_ids_else_in_their_order(expected: dict[str, str], body: Any) -> None:
    assert outcomes(body, "a", "b") == expected


@pytest.mark.parametrize("body", [one("a"), one(None), one("theirs"), many(one("a"))])
def test_a_channel_that_takes_one_message_answers_with_it_alone(body: Any) -> None:
    assert outcomes(body, "a") == {"a": "accepted"}


@pytest.mark.parametrize("group", [0, 1, 3])
def test_what_is_on_its_way_was_taken(group: int) -> None:
    status = {**PENDING, "groupId": group}
    result = answered(many(one("a", status, details={"messageCount": 3})), ["a"])["a"]
    assert (result.outcome, result.message_status, result.repeated, result.error) == (
        "accepted",
        "Success",
        False,
        None,
    )
    assert (result.parts, result.bulk_id) == (3, "b-1")


@pytest.mark.parametrize("status", [PENDING, BLOCKED])
@pytest.mark.parametrize("said", [{"messageCount": 3}, {"details": {"messageCount": 3}}])
def test_infobip_counts_the_parts(said: dict[str, Any], status: dict[str, Any]) -> None:
    assert answered(many(one("a", status, **said)), ["a"])["a"].parts == 3


@pytest.mark.parametrize("group", [2, 4, 5])
def test_what_will_not_arrive_was_refused(group: int) -> None:
    status = {"groupId": group, "id": 12, "name": "NOT_ENOUGH_CREDITS", "description": "No credit"}
    result = answered(many(one("a", status)), ["a"])["a"]
    assert (result.outcome, result.message_status) == ("rejected", "Error: Rejected by Infobip")
    assert result.error == "12 NOT_ENOUGH_CREDITS: No credit"


@pytest.mark.parametrize(
    ("expected", "said"),
    [("12", {}), ("12 NO", {"name": "NO"}), ("12 NO: why", {"name": "NO", "description": "why"})],
)
def test_a_refusal_is_told_as_far_as_it_is_explained(expected: str, said: dict[str, str]) -> None:
    assert answered(many(one("a", {"groupId": 5, "id": 12, **said})), ["a"])["a"].error == expected


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        ("Error: Invalid phone number", 52),
        ("Error: Invalid phone number", 8),
        ("Error: Missing phone number in request", 51),
        ("Error: Invalid from field", 11),
        ("Error: Invalid from field", 13),
        ("Error: Invalid text length", 25),
        ("Error: Invalid text length", 77),
        ("Error: Rejected by Infobip", 14),
        ("Error: Rejected by Infobip", 99999),
    ],
)
def test_refusals_have_words_to_branch_on(expected: str, status: int) -> None:
    assert answered(many(one("a", {"groupId": 5, "id": status})), ["a"])["a"].message_status == expected


def test_what_nothing_hangs_on_hides_nothing_when_it_is_wrong() -> None:
    item = {"messageId": "a", "status": {"groupId": 1, "id": 26, "name": 5, "description": []}, "messageCount": "x"}
    assert answered({"messages": [item], "bulkId": 7}, ["a"])["a"].outcome == "accepted"


def test_a_repeated_id_means_that_the_message_went_out_before() -> None:
    result = answered(many(one("a", TWICE)), ["a"])["a"]
    assert (result.outcome, result.message_status, result.repeated) == ("unchanged", "Success", True)
    assert result.status is not None
    assert result.status.id == 23


@pytest.mark.parametrize(
    ("expected", "log"),
    [
        ({"a": "unchanged"}, [one("a", {"groupId": group, "id": 5}, bulkId="b-0")])
        for group in (0, 1, 2, 3, 4)  # in logs, 2 and 4 tell of what became of it afterwards
    ]
    + [
        ({"a": "rejected"}, [one("a", BLOCKED)]),
        ({"a": "unchanged"}, [one("a", BLOCKED), one("a")]),
        ({"a": "unchanged"}, [one("a"), one("a", BLOCKED)]),
        ({"a": "unchanged"}, [one("a", TWICE), one("a"), one("a", TWICE)]),
        ({"a": "rejected"}, [one("a", TWICE), one("a", BLOCKED)]),
        # A try that was refused for its id says nothing of the message itself.
        ({}, [one("a", TWICE)]),
        ({}, [one("x"), one(None), {"messageId": "a"}, "junk", None]),
        ({"a": "unchanged", "b": "unchanged"}, [one("b"), one("x"), one("a")]),
        ({}, []),
    ],
)
def test_what_the_logs_know_is_not_sent_again(expected: dict[str, str], log: list[Any]) -> None:
    known = logged({"results": log}, ["a", "b"])
    assert {name: result.outcome for name, result in known.items()} == expected
    assert all(result.repeated for result in known.values())


@pytest.mark.parametrize(
    "body", [None, [], {}, {"results": None}, {"results": {"a": 1}}, "OK", {"messages": [one("a")]}]
)
def test_logs_that_are_none_know_nothing(body: Any) -> None:
    assert logged(body, ["a"]) == {}


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ("Error: Invalid text length", {"violations": [{"property": "messages[0].content.text", "violation": "x"}]}),
        ("Error: Invalid from field", {"violations": [{"property": "messages[0].sender", "violation": "x"}]}),
        ("Error: Invalid phone number", {"violations": [{"property": "messages[3].destinations[0].to"}]}),
        ("Error: Invalid callback data length", {"violations": [{"property": "messages[0].webhooks.callbackData"}]}),
        (
            "Error: Invalid from field",
            {"violations": [{"property": "messages[0].sender"}, {"property": "messages[0].content.text"}]},
        ),
        (
            "Error: Invalid button url length",
            {
                "violations": [
                    {"property": "messages[0].validityPeriod"},
                    {"property": "messages[0].content.buttons[1].url"},
                ]
            },
        ),
        (
            "Error: Invalid text length",
            {"requestError": {"serviceException": {"validationErrors": {"content.text": ["must not be blank"]}}}},
        ),
        ("Error: Rejected by Infobip", {"violations": [{"property": "messages[0].validityPeriod"}]}),
        ("Error: Rejected by Infobip", {"violations": [{"property": None}, {}, "x", None, {"property": ["text"]}]}),
        ("Error: Rejected by Infobip", {"violations": "text"}),
        ("Error: Rejected by Infobip", None),
    ],
)
def test_a_refused_request_is_told_by_the_property_that_is_wrong(expected: str, body: Any) -> None:
    result = refused(error_of(400, body), list(properties_of(body)))
    assert (result.outcome, result.message_status) == ("rejected", expected)
    assert result.error


def test_the_longest_place_names_the_fault() -> None:
    assert status_of(("buttons", 0, "url")) == "Error: Invalid button url length"
    assert status_of(("image", "url")) == "Error: Invalid image url length"
    assert status_of(("body", "media_url")) == status_of(["body", "mediaUrl"]) == "Error: Invalid image url length"
    assert status_of(("destinations", 0, "to")) == "Error: Invalid phone number"
    assert {status_of(("delivery_time_window", end)) for end in ("from", "to")} == {"Error: Invalid request"}
    assert status_of(()) is None
    assert status_of((0,)) is None


def test_all_words_are_of_the_closed_list() -> None:
    assert {*BY_STATUS.values(), *BY_FIELD.values()} <= set(get_args(MessageStatus))


KEYS = (
    *("messages", "results", "messageId", "status", "groupId", "id", "name", "bulkId", "details", "messageCount"),
    *("violations", "property", "requestError", "serviceException", "validationErrors"),
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["a", "b", "x", "\ud83d"]),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inside,
            max_size=4,
        )
    ),
    max_leaves=12,
)
statuses = st.fixed_dictionaries({"groupId": st.integers(-1, 6), "id": st.sampled_from([23, 26, 52])})
messages = st.fixed_dictionaries({"status": statuses | json}, optional={"messageId": json, "details": json})
bodies = json | st.fixed_dictionaries(
    {}, optional={"messages": st.lists(messages | json), "results": st.lists(messages)}
)


@settings(deadline=None)
@given(bodies, st.lists(st.sampled_from("abcd"), unique=True))
def test_whatever_is_answered_is_read_as_far_as_it_speaks_of_what_was_sent(body: Any, ids: list[str]) -> None:
    for results in (answered(body, ids), logged(body, ids)):
        assert set(results) <= set(ids)
        assert all(isinstance(result, MessageResult) for result in results.values())
    assert refused(error_of(400, body), list(properties_of(body))).outcome == "rejected"
