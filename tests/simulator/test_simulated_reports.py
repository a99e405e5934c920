"""Reports and messages of people that are pulled: each once, by what is asked for, up to a limit."""

from datetime import timedelta
from typing import Any

import pytest

from streams.simulator import SimulatorOptions
from tests.simulator.messaging import At, email, message, properties, send, text
from tests.simulator.published import FEEDBACK, answer_form
from tests.simulator.receiver import AT_ONCE, counted
from tests.simulator.simulated import NOW, Caller, simulate

REPORTS = "/sms/3/reports"
TEXT = {"type": "TEXT", "text": "Hello"}
MMS_TEXT = {"messageSegments": [{"type": "TEXT", "text": "Hello"}]}
ALIM_TEXT = {"templateCode": "T1", "text": "Hello", "type": "TEMPLATE"}
CHINGU_TEXT = {"type": "TEXT_FREE_FORM", "text": "Hello"}


async def _pull(call: Caller, path: str = REPORTS, **query: str) -> list[str]:
    answer = await call("GET", path, **query)
    assert answer.status == 200, answer.text
    return [row["messageId"] for row in answer.body["results"]]


@pytest.mark.parametrize(
    ("channel", "path", "sent"),
    [
        ("sms", At.SMS, text(ids=["m1"])),
        ("mms", At.MMS, message(MMS_TEXT, ids=["m1"])),
        ("viber", At.VIBER, message(TEXT, ids=["m1"])),
        ("rcs", At.RCS, message(TEXT, ids=["m1"])),
        ("kakao_alim", At.ALIM, message(ALIM_TEXT, ids=["m1"])),
        ("kakao_chingu", At.CHINGU, message(CHINGU_TEXT, ids=["m1"])),
        ("email", At.EMAIL, email(ids=["m1"])),
    ],
)
def test_every_channel_but_whatsapp_has_its_reports_pulled_as_published(channel: str, path: str, sent: Any) -> None:
    name = f"pull_{channel}_reports"

    async def story(call: Caller) -> None:
        await send(call, path, {**sent, "webhooks": {"callbackData": "back"}})
        answer = await call("GET", FEEDBACK[name].path)
        (row,) = answer.body["results"]
        assert (row["messageId"], row["status"]["id"], row["callbackData"]) == ("m1", 5, "back")
        assert (await call("GET", FEEDBACK[name].path)).body["results"] == []
        answer_form(name, 200).validate(answer.body)

    simulate(story, AT_ONCE)


def test_the_first_version_of_sms_has_the_same_reports_in_another_form() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, text(ids=["m1"], options={"platform": {"entityId": "entity"}}), text(ids=["m2"]))
        answer = await call("GET", "/sms/1/reports", messageId="m1")
        (row,) = answer.body["results"]
        assert (row["from"], row["smsCount"], row["entityId"]) == ("Acme", 1, "entity")
        assert await _pull(call) == ["m2"]
        answer_form("pull_sms_reports_v1", 200).validate(answer.body)

    simulate(story, AT_ONCE)


def test_each_report_is_told_once_up_to_the_limit() -> None:
    async def story(call: Caller) -> None:
        ids = [f"m{number:03}" for number in range(120)]
        await send(call, At.SMS, *(text(ids=[each]) for each in ids))
        pulled = [await _pull(call), await _pull(call, limit="60"), await _pull(call), await _pull(call)]
        assert [len(each) for each in pulled] == [50, 60, 10, 0]
        assert [each for page in pulled for each in page] == ids
        assert (await counted(call))["sms", "delivery"] == {"made": 120, "pulled": 120}
        for limit in ("0", "1001", "x", "-1"):
            assert properties(await call("GET", REPORTS, limit=limit)) == {"limit": ["must be between 1 and 1000"]}

    simulate(story, AT_ONCE)


def test_the_newest_come_first_where_that_is_wanted() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, *(text(ids=[each]) for each in "abc"))
        assert (await _pull(call, limit="2"), await _pull(call)) == (["c", "b"], ["a"])

    simulate(story, SimulatorOptions(limits=None, report_delay_seconds=0, pulled_first="newest"))


def test_reports_are_pulled_by_what_they_are_asked_for() -> None:
    async def story(call: Caller) -> None:
        platform = {"entityId": "entity", "applicationId": "app"}
        options = {"platform": platform, "campaignReferenceId": "summer"}
        await send(call, At.SMS, text(ids=["mine"], options=options), schedule={"bulkId": "b1"})
        await send(call, At.SMS, text(ids=["other"]), schedule={"bulkId": "b2"})
        for name, value in (("entityId", "x"), ("applicationId", "x"), ("campaignReferenceId", "x"), ("bulkId", "x")):
            assert await _pull(call, **{name: value}) == []
        mine = {"entityId": "entity", "applicationId": "app", "campaignReferenceId": "summer", "bulkId": "b1"}
        assert (await _pull(call, messageId="mine", **mine), await _pull(call, **mine)) == (["mine"], [])
        assert await _pull(call, bulkId="b2") == ["other"]

    simulate(story, AT_ONCE)


def test_reports_come_when_they_are_due_and_go_after_two_days() -> None:
    at = [NOW]

    async def story(call: Caller) -> None:
        await send(call, At.SMS, text(ids=["m1"]))
        assert await _pull(call) == []
        at[0] += timedelta(seconds=30)
        later = (NOW + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        await send(call, At.SMS, text(ids=["later"]), schedule={"sendAt": later})
        assert await _pull(call) == ["m1"]
        await send(call, At.SMS, text(ids=["m2"]))
        at[0] += timedelta(seconds=31)
        await call("GET", "/simulator/reports")
        at[0] = NOW + timedelta(hours=48, minutes=10)
        assert await _pull(call) == ["later"]
        assert (await counted(call))["sms", "delivery"] == {"made": 3, "pulled": 2, "dropped": 1}

    simulate(story, SimulatorOptions(limits=None, report_delay_seconds=30), lambda: at[0])


def test_reports_on_the_way_come_where_they_are_asked_for() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, text(ids=["m1"], webhooks={"delivery": {"intermediateReport": True}}))
        rows = (await call("GET", REPORTS)).body["results"]
        assert [row["status"]["id"] for row in rows] == [3, 5]

    simulate(story, AT_ONCE)


def test_unknown_parameters_are_refused_where_that_is_wanted() -> None:
    async def story(call: Caller) -> None:
        assert properties(await call("GET", REPORTS, colour="red")) == {"colour": ["is not a known parameter"]}
        inbox = await call("GET", "/sms/1/inbox/reports", colour="red")
        assert properties(inbox) == {"colour": ["is not a known parameter"]}

    simulate(story, SimulatorOptions(limits=None, unknown_keys="refuse"))


@pytest.mark.parametrize("name", [name for name in sorted(FEEDBACK) if name.startswith("pull_")])
def test_pulling_needs_the_scopes_that_are_published(name: str) -> None:
    async def story(call: Caller) -> None:
        query = {"channel": "SMS"} if name == "pull_inbound" else {}
        for scope in FEEDBACK[name].scopes:
            call.simulator.set_key("narrow", frozenset({scope}))
            assert (await call("GET", FEEDBACK[name].path, key="narrow", **query)).status == 200
        call.simulator.set_key("narrow", frozenset({"people:read"}))
        assert (await call("GET", FEEDBACK[name].path, key="narrow", **query)).status == 403

    simulate(story, AT_ONCE)
