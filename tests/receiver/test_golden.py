"""What Infobip tells is recorded so: every published example, and every form of a field."""

from typing import Any

import orjson
import pytest

from streams.exact_json import write
from tests.receiver.golden import IDS, cases, expected, fields_of, model_of, play, without_id

CASES = [pytest.param(case, id=case["name"]) for case in cases()]
BY_NAME = {case["name"]: case for case in cases()}
KEYS = {"delivery_reports": "message_id", "clicks": "message_id", "inbound_messages": "from", "consents": "address"}


def ids(case: dict[str, Any], received_at: str = "2026-11-21T00:00:00.000Z") -> list[str]:
    return [told.id for told in play(case, received_at).records]


def test_every_case_has_a_name_of_its_own() -> None:
    assert len(CASES) == len(BY_NAME) > 90


@pytest.mark.parametrize("case", CASES)
def test_what_is_told_is_recorded(case: dict[str, Any]) -> None:
    read = play(case)
    assert list(read.unreadable) == []
    assert [without_id(told) for told in read.records] == expected(case)


@pytest.mark.parametrize("case", CASES)
def test_every_record_is_one_by_its_model_with_its_fields_in_their_order_and_its_key(case: dict[str, Any]) -> None:
    for told in play(case).records:
        assert list(told.value) == fields_of(told.topic)
        assert told.key == told.value[KEYS[told.topic]]
        assert told.topic not in IDS or told.id == told.value[IDS[told.topic]]
        written = write(told.value)
        again = model_of(told.topic).model_validate_json(written).model_dump_json()
        assert orjson.loads(again).keys() == orjson.loads(written).keys()


@pytest.mark.parametrize("case", CASES)
def test_what_is_told_again_has_the_same_ids(case: dict[str, Any]) -> None:
    assert ids(case) == ids(case, "2026-11-22T00:00:00.000Z")
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in ids(case))


@pytest.mark.parametrize("name", [name for name, case in BY_NAME.items() if "same_id_as" in case])
def test_a_report_is_the_same_by_whatever_way_it_comes(name: str) -> None:
    case = BY_NAME[name]
    assert ids(case) == ids(BY_NAME[case["same_id_as"]])
