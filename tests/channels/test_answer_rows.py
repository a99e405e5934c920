"""Rows that say the same are read once, and nobody is told anything else for it."""

from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from streams.channels.answer_rows import PlainRow, plain
from streams.channels.batch_answers import answered

IDS = ("a", "b", "c", "d")
#: What Infobip writes, and what is nearly that: to Python true is 1, and 1.0 is, too.
COUNTS = st.sampled_from([None, 1, 1.0, True, 2, "1", [1]])
NAMES = st.sampled_from([None, "PENDING_ACCEPTED", "REJECTED", 7])
NUMBERS = st.sampled_from([1, 1.0, True, 5, 23, 26, "5", None])
STATUSES = st.fixed_dictionaries(
    {}, optional={"groupId": NUMBERS, "group_id": NUMBERS, "id": NUMBERS, "name": NAMES, "description": NAMES}
)
DETAILS = st.fixed_dictionaries({}, optional={"messageCount": COUNTS, "message_count": COUNTS, "more": COUNTS})
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "messageId": st.sampled_from([*IDS, "theirs", None, 7]),
        "message_id": st.sampled_from([*IDS, 7]),
        "status": STATUSES | st.none(),
        "details": DETAILS | st.none() | st.just([]),
        "messageCount": COUNTS,
        "message_count": COUNTS,
        "destination": st.sampled_from(["41793026727", None, 7]),
        "bulkId": st.sampled_from(["b", 7]),
    },
)
GOOD = st.fixed_dictionaries(
    {
        "messageId": st.sampled_from(IDS),
        "status": st.sampled_from([{"groupId": 1, "id": 26}, {"groupId": 5, "id": 12}, {"groupId": 5, "id": 23}]),
    },
    optional={
        "details": st.sampled_from([{"messageCount": 1}, {"messageCount": 2}, {"messageCount": True}, {}, None]),
        "messageCount": st.sampled_from([1, True, 2]),
    },
)
ANSWERS: st.SearchStrategy[list[Any]] = st.lists(GOOD | ROWS | st.sampled_from([None, [], "a"]), max_size=8)


@given(rows=ANSWERS, bulk_id=st.sampled_from(["b-1", None, 7]))
def test_an_answer_tells_what_its_rows_tell_one_by_one(rows: list[Any], bulk_id: Any) -> None:
    body = {"messages": rows, "bulkId": bulk_id}
    fast = answered(body, IDS)
    with patch.object(PlainRow, "says_the_same", lambda *_: False):
        assert repr(fast) == repr(answered(body, IDS))


def test_the_rows_of_an_answer_to_an_sms_are_read_once() -> None:
    status = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED", "description": "Accepted."}
    rows = [
        {"messageId": name, "status": dict(status), "destination": f"{number}", "details": {"messageCount": 1}}
        for number, name in enumerate(IDS)
    ]
    first = plain(rows[0])
    assert first is not None
    assert all(first.says_the_same(row) for row in rows)
    results = answered({"messages": rows}, IDS)
    assert len(results) == len(IDS)
    assert len({id(result) for result in results.values()}) == 1
