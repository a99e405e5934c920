import pytest

from streams.channels.statuses import (
    _ERRORS,
    _OF_GROUP,
    _STATUSES,
    DUPLICATE,
    ERRORS,
    GROUPS,
    STATUSES,
    Status,
    _entries,
    _ids,
    explain,
    explain_error,
    is_refused,
)

# As Infobip's page "Response status and error codes" lists them: general, then by channel.
KNOWN = [
    (1, 3, "PENDING_WAITING_DELIVERY"),
    (1, 7, "PENDING_ENROUTE"),
    (1, 26, "PENDING_ACCEPTED"),
    (2, 4, "UNDELIVERABLE_REJECTED_OPERATOR"),
    (2, 9, "UNDELIVERABLE_NOT_DELIVERED"),
    (2, 31, "UNDELIVERABLE_NOT_SENT"),
    (2, 96, "NO_ANSWER"),
    (2, 97, "BUSY"),
    (2, 98, "CANCELLED"),
    (3, 2, "DELIVERED_TO_OPERATOR"),
    (3, 5, "DELIVERED_TO_HANDSET"),
    (4, 15, "EXPIRED_EXPIRED"),
    (4, 29, "EXPIRED_DLR_UNKNOWN"),
    (4, 87, "SIGNALS_BLOCKED"),
    (5, 6, "REJECTED_NETWORK"),
    (5, 8, "REJECTED_PREFIX_MISSING"),
    (5, 10, "REJECTED_DND"),
    (5, 11, "REJECTED_SOURCE"),
    (5, 12, "REJECTED_NOT_ENOUGH_CREDITS"),
    (5, 13, "REJECTED_SENDER"),
    (5, 14, "REJECTED_DESTINATION_BLOCKLISTED"),
    (5, 17, "REJECTED_PREPAID_PACKAGE_EXPIRED"),
    (5, 18, "REJECTED_DESTINATION_NOT_REGISTERED"),
    (5, 19, "REJECTED_ROUTE_NOT_AVAILABLE"),
    (5, 20, "REJECTED_FLOODING_FILTER"),
    (5, 21, "REJECTED_SYSTEM_ERROR"),
    (5, 23, "REJECTED_DUPLICATE_MESSAGE_ID"),
    (5, 24, "REJECTED_INVALID_UDH"),
    (5, 25, "REJECTED_MESSAGE_TOO_LONG"),
    (5, 51, "MISSING_TO"),
    (5, 52, "REJECTED_DESTINATION"),
    (5, 87, "SIGNALS_BLOCKED"),
    (5, 99, "REJECTED"),
    (5, 100, "UNDELIVERABLE_REJECTED_PLATFORM"),
    (5, 56, "REJECTED_INVALID_NOTIFY_URL"),  # MMS
    (5, 77, "REJECTED_MESSAGE_TEXT_TOO_LONG"),
    (5, 75, "REJECTED_FREE_TRIAL_EXCEEDED"),  # email
    (5, 88, "REJECTED_DATA_TRANSFORMATION_FAILED"),
    (5, 89, "REJECTED_INTERNAL_ERROR"),
    (5, 90, "REJECTED_VALIDATION_FAILED"),
    (2, 66, "UNDELIVERABLE_NO_DESTINATION"),  # push
    (5, 65, "REJECTED_NO_APPLICATION"),
    (5, 68, "REJECTED_PAYLOAD_TOO_BIG"),
    (5, 69, "REJECTED_NO_CONTENT"),
    (5, 70, "REJECTED_INVALID_VALIDITY_PERIOD"),
    (5, 71, "REJECTED_INVALID_QUERY"),
    (5, 73, "REJECTED_INVALID_INBOX_TOPIC"),
    (5, 74, "REJECTED_INVALID_PRIMARY_BUTTON_ACTION"),
    (1, 200, "PENDING_ACCEPTED"),  # Moments
    (5, 200, "REJECTED_INVALID_CONTACT"),
    (5, 202, "REJECTED_VARIABLE_MISSED"),
    (5, 203, "REJECTED_PERSON_ALREADY_IN_FLOW"),
    (5, 204, "REJECTED_PERSON_NOT_ALLOWED_TO_REENTER"),
    (5, 205, "REJECTED_FLOW_ERROR_UNKNOWN"),
    (5, 206, "REJECTED_NOT_ENOUGH_CREDITS"),
]
#: Every error of the same page, for all channels that send messages.
# fmt: off
KNOWN_ERRORS = {
    # general: of the phone, the user, the operator
    0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 13, 21, 27, *range(31, 37), *range(255, 263), 500, 502, 503, 504, 507, 508, 509,
    565, 573, 581, 628, 629, *range(1024, 1032), *range(1152, 1167), *range(1281, 1285), *range(1536, 1542),
    *range(1792, 1797),
    323, 351, 352, 355, 368, 433, 541, 542, 572, 577, 578, 579, 580, 594, 597, 598, 601, 603, 604, 607, 608, 609, 2049,
    2052, 2053, 3041, 4096, *range(4099, 4105), 4202,
    10, 15, 20, 24, 51, 71, 345, 375, 488, 501, *range(560, 565), 566, 568, 569, 571, 574, 592, *range(630, 634),
    810, 811, 815, 2048, 2050, 2051, 4097, 4098, 5492,
    # chat
    *range(7001, 7028), *range(7029, 7039), *range(7050, 7053), *range(7080, 7085), 7102, 7201, 7280, 7281,
    # MMS
    15000, *range(15002, 15027), *range(15200, 15204),
    # email
    6002, 6003, 6006, 6007, *range(6009, 6014), 6016, 6017, 6018, 6020, 6021, *range(6023, 6028),
    *range(6029, 6032), *range(6033, 6059),
    # India's DLT
    *range(4106, 4145), *range(4146, 4152), *range(4153, 4159),
}
# fmt: on
PLAIN = [*GROUPS.values(), *(one.meaning for one in _OF_GROUP.values()), *ERRORS.values()]


@pytest.mark.parametrize(("group_id", "status_id", "name"), KNOWN)
def test_a_known_status_is_explained(group_id: int, status_id: int, name: str) -> None:
    status = _OF_GROUP[group_id, status_id]
    assert (status.id, status.group_id, status.name) == (status_id, group_id, name)
    assert explain(group_id, status_id) == status.meaning
    assert explain(group_id, status_id, "ANOTHER_NAME") == status.meaning  # names vary, ids do not


def test_no_status_is_said_twice_or_made_up() -> None:
    said = [(int(group), int(number), name) for (group, number, name), _ in _entries(_STATUSES)]
    assert sorted(said) == sorted(KNOWN)
    assert set(STATUSES) == {status_id for _, status_id, _ in KNOWN}


def test_no_error_is_said_twice_or_made_up() -> None:
    said = [number for words, _ in _entries(_ERRORS) for number in _ids(words)]
    assert sorted(said) == sorted(KNOWN_ERRORS)
    assert set(ERRORS) == KNOWN_ERRORS


def test_one_meaning_of_an_error_is_written_once() -> None:
    meanings = [meaning for _, meaning in _entries(_ERRORS)]
    assert len(set(meanings)) == len(meanings)


@pytest.mark.parametrize("text", sorted(set(PLAIN)))
def test_a_meaning_is_a_sentence_or_two(text: str) -> None:
    assert text[0].isupper()
    assert text.endswith(".")
    assert 1 <= text.count(". ") + 1 <= 2
    assert len(text) <= 200
    assert "  " not in text
    assert "_" not in text


def test_it_says_what_to_do() -> None:
    assert explain(5, 11) == (
        "Refused: the sender is not registered for this destination. Register it in Infobip, or use another `sender`."
    )
    assert explain_error(7002) == "The recipient does not use this channel. Use another one."


def test_a_repeated_id_is_a_message_already_sent() -> None:
    assert STATUSES[DUPLICATE].name == "REJECTED_DUPLICATE_MESSAGE_ID"
    assert explain(5, DUPLICATE).startswith("Already sent")


def test_the_group_tells_apart_what_shares_an_id() -> None:
    assert "and it is charged" in explain(4, 87)
    assert "and it is not charged" in explain(5, 87)
    assert explain(1, 200).startswith("Accepted")
    assert explain(5, 200).startswith("Refused")
    assert {STATUSES[87].group_id, STATUSES[200].group_id} == {5}


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        (
            "Refused: Infobip did not send the message. Infobip's status is REJECTED_NEW (999).",
            (5, 999, "REJECTED_NEW"),
        ),
        ("Refused: Infobip did not send the message. Infobip's status is 999.", (5, 999, None)),
        ("Refused: Infobip did not send the message. Infobip's status is 999.", (5, 999, "")),
        ("Delivered. Infobip's status is DELIVERED_READ (8).", (3, 8, "DELIVERED_READ")),
        ("It is not known what became of the message. Infobip's status is ODD (11).", (6, 11, "ODD")),
        ("It is not known what became of the message. Infobip's status is -1.", (-1, -1, None)),
    ],
)
def test_an_unknown_status_falls_back_on_its_group(expected: str, status: tuple[int, int, str | None]) -> None:
    assert explain(*status) == expected


def test_a_known_id_in_another_group_is_not_taken_for_it() -> None:
    assert explain(0, 26, "MESSAGE_ACCEPTED") == f"{GROUPS[0]} Infobip's status is MESSAGE_ACCEPTED (26)."


def test_an_unknown_error_shows_its_name() -> None:
    assert explain_error(99999, "EC_NEW") == "Infobip's reason is EC_NEW (99999)."
    assert explain_error(99999) == "Infobip's reason is 99999."


def test_what_will_not_arrive_is_refused() -> None:
    assert [group for group in (-1, 0, 1, 2, 3, 4, 5, 6) if is_refused(group)] == [2, 4, 5]


def test_a_status_is_a_value() -> None:
    assert STATUSES[5] == Status(5, 3, "DELIVERED_TO_HANDSET", "Delivered: the message is on the recipient's phone.")
