"""What SMS, and what is sent like it, has beyond golden cases: what a text costs, and what South Korea wants."""

from typing import Any

import pytest

from schemas.content import CONTENTS
from streams.channels import CHANNELS
from streams.channels.channel import OutboundMessage, RequestOptions
from streams.channels.sms_parts import Parts
from tests.contents import CONTENTS as SAID

KOREA = "821012345678"
MISSING = "Error: Missing reseller code in request"


def content(channel: str, **said: Any) -> Any:
    return CONTENTS[channel].model_validate({"channel": channel, **SAID[channel], **said})


@pytest.mark.parametrize(
    ("expected", "text", "said"),
    [
        (Parts("UCS_2", 71, 2), "Ж" * 71, {}),
        (Parts("UCS_2", 71, 2), "Ж" * 71, {"transliteration": "NONE"}),
        (Parts("GSM_7BIT", 71, 1), "Ж" * 71, {"transliteration": "CYRILLIC"}),
        (Parts("GSM_7BIT", 156, 2), "a" * 156, {"language": "TR"}),
        (Parts("GSM_7BIT", 155, 1), "ş" * 155, {"language": {"language_code": "TR", "locking_shift": True}}),
        # A second table takes three more septets.
        (
            Parts("GSM_7BIT", 155, 2),
            "ş" * 155,
            {"language": {"language_code": "TR", "locking_shift": True, "single_shift": True}},
        ),
        (Parts("GSM_7BIT", 155, 1), "Ж" * 155, {"language": "TR", "transliteration": "ALL"}),
    ],
)
def test_parts_are_counted_as_the_job_has_them_written(expected: Parts, text: str, said: dict[str, Any]) -> None:
    assert CHANNELS["sms"].parts(content("sms", text=text, **said)) == expected


@pytest.mark.parametrize("channel", ["sms", "mms"])
@pytest.mark.parametrize(
    ("expected", "to", "code"),
    [(None, KOREA, {"reseller_code": 0}), (MISSING, KOREA, {}), (None, "41793026727", {}), (None, "8613800138000", {})],
)
def test_only_numbers_of_south_korea_need_the_code_of_a_reseller(
    channel: str, expected: str | None, to: str, code: dict[str, int]
) -> None:
    unfit = CHANNELS[channel].check(content(channel, **code), to, None)
    assert (None if unfit is None else unfit.status) == expected


@pytest.mark.parametrize("channel", ["sms", "mms", "lms"])
def test_a_message_is_delivered_in_its_time_with_the_code_of_the_reseller(channel: str) -> None:
    time = {"validity_period": {"amount": 12, "time_unit": "HOURS"}, "delivery_time_window": {"days": ["MONDAY"]}}
    message = OutboundMessage("m-1", KOREA, content(channel, reseller_code=77, **time), "{}")
    options = CHANNELS[channel].body([message], RequestOptions("Acme"))["messages"][0]["options"]
    assert options["validityPeriod"] == {"amount": 12, "timeUnit": "HOURS"}
    assert options["deliveryTimeWindow"] == {"days": ("MONDAY",)}
    assert options["regional"]["southKorea"]["resellerCode"] == 77
