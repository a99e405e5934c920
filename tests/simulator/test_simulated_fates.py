"""What becomes of messages, by who gets them; and what people do, because somebody says so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streams.errors import ConfigurationError
from streams.simulator import SimulatorOptions
from streams.simulator.feedback.fates import DEFAULT_FATES, Fate, Fates, read_fates
from tests.simulator.messaging import NUMBER, At, email, message, send, text
from tests.simulator.receiver import AT_ONCE, counted
from tests.simulator.simulated import NOW, Caller, simulate

FATES = "/simulator/fates"
ACTS = "/simulator/acts"


def test_the_last_rule_that_fits_counts_and_without_one_a_message_is_delivered() -> None:
    lines = ("4477*=expired", "*001=undeliverable,delay_seconds=5", "*@bad.example=never")
    fates = Fates([*lines, {"pattern": "*9", "fate": "delivered", "clicks": 2, "reply": "A, B"}], 1.0)
    assert fates.of("447700900000") == Fate("expired", 1.0)
    assert fates.of("447700900001") == Fate("undeliverable", 5.0)
    assert fates.of("ann001@example.com") == Fate("undeliverable", 5.0)
    assert fates.of("ann001@BAD.example") == Fate("never", 1.0)
    assert fates.of("447700900009") == Fate("delivered", 1.0, clicks=2, reply="A, B")
    assert fates.of(NUMBER) == Fate("delivered", 1.0)
    assert Fates(lines, None).of(NUMBER).fate == "never"


def test_the_rules_of_the_start_are_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
    assert [line for line in DEFAULT_FATES if f"| `{line}` |" not in page] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "4477*",
        "=expired",
        "*=gone",
        "*=delivered,colour=red",
        "*=delivered,clicks=-1",
        "*=delivered,clicks=many",
        "*=delivered,seen=perhaps",
        "*=delivered,delay_seconds=-1",
        "*=delivered,failover=gone",
        {"fate": "delivered"},
        {"pattern": 7, "fate": "delivered"},
    ],
)
def test_a_rule_that_cannot_be_is_told(wrong: str | Mapping[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="fate"):
        read_fates([wrong])
    with pytest.raises(ConfigurationError, match="fate"):
        SimulatorOptions(fates=(wrong,))


def test_fates_are_told_while_it_runs_and_hold_for_what_comes_later() -> None:
    async def story(call: Caller) -> None:
        first = (await call("GET", FATES)).body
        assert len(first["fates"]) == 7
        await send(call, At.SMS, text("41793026001", ids=["before"]))
        told = await call("POST", FATES, {"fates": ["*=expired", {"pattern": "4179*", "fate": "delivered"}]})
        assert [(each["pattern"], each["fate"]) for each in told.body["fates"]] == [
            ("*", "expired"),
            ("4179*", "delivered"),
        ]
        await send(call, At.SMS, text("41793026001", "447700900001", ids=["after", "other"]))
        assert (await call("POST", FATES, ["*=gone"])).status == 400
        assert (await call("POST", FATES, [7])).status == 400
        assert (await call("DELETE", FATES)).body == first
        rows = (await call("GET", At.SMS_LOGS)).body["results"]
        assert {row["messageId"]: row["status"]["groupName"] for row in rows} == {
            "before": "UNDELIVERABLE",
            "after": "DELIVERED",
            "other": "EXPIRED",
        }

    simulate(story, AT_ONCE)


def test_a_status_that_was_set_is_for_good_and_a_rejection_is_told_once() -> None:
    lines = ("41793026728=3", "41793026729=9", "41793026730=52")

    async def story(call: Caller) -> None:
        await send(call, At.SMS, text("41793026728", "41793026729", "41793026730", "12"))
        rows = (await call("GET", At.SMS_LOGS)).body["results"]
        assert [(row["destination"], row["status"]["id"]) for row in rows] == [
            ("12", 52),
            ("41793026730", 52),
            ("41793026729", 9),
            ("41793026728", 3),
        ]
        pulled = (await call("GET", "/sms/3/reports")).body["results"]
        assert [(row["to"], row["status"]["id"], row["doneAt"] == row["sentAt"]) for row in pulled] == [
            ("41793026729", 9, True)
        ]

    simulate(story, SimulatorOptions(limits=None, report_delay_seconds=0, statuses=lines))

    async def reported(call: Caller) -> None:
        await send(call, At.SMS, text("12"))
        assert [row["to"] for row in (await call("GET", "/sms/3/reports")).body["results"]] == ["12"]

    simulate(reported, SimulatorOptions(limits=None, report_delay_seconds=0, rejected_are_reported=True))


def test_without_a_delay_nothing_is_ever_reported() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, text())
        assert (await call("GET", At.SMS_LOGS)).body["results"][0]["status"]["groupName"] == "PENDING"
        assert (await call("GET", "/sms/3/reports")).body == {"results": []}
        assert await counted(call) == {}

    simulate(story, SimulatorOptions(limits=None, report_delay_seconds=None))


def test_what_nobody_can_be_told_of_is_not_done() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, text(ids=["sms"]))
        await send(call, At.EMAIL, email(ids=["email"]))
        await send(call, At.VIBER, message({"type": "TEXT", "text": "Hi"}, ids=["viber"]))

        async def refusal(**said: Any) -> str:
            answer = await call("POST", ACTS, said)
            assert answer.status == 400, answer.text
            error: str = answer.body["error"]
            return error

        assert "message_id" in await refusal(act="see", message_id="none")
        assert "message_id" in await refusal(act="see")
        assert "act must be one of" in await refusal(act="dance", message_id="sms")
        assert "act must be one of" in await refusal(act=["see"], message_id="sms")
        assert "seen" in await refusal(act="see", message_id="sms")
        assert "track" in await refusal(act="click", message_id="sms")
        assert "url" in await refusal(act="click", message_id="email")
        assert "emails" in await refusal(act="unsubscribe", message_id="viber")
        assert "answer" in await refusal(act="reply", message_id="email")
        assert (await call("POST", ACTS, ["see"])).status == 400
        assert (await call("POST", ACTS, {"act": "see", "message_id": "viber"})).body == {"posted_to": None}
        assert (await counted(call))["viber", "seen"] == {"made": 1, "nowhere": 1}

    simulate(story, AT_ONCE)


def test_the_page_shows_what_came_back_and_has_a_button_for_each_act() -> None:
    async def story(call: Caller) -> None:
        hooks = {"delivery": {"url": "http://127.0.0.1:1/<d>"}}
        await send(call, At.VIBER, message({"type": "TEXT", "text": "Hi"}, ids=["<v>"], webhooks=hooks))
        await call("GET", "/simulator/reports")
        page = (await call("GET", "/")).text
        for shown in ("DELIVERED_TO_HANDSET", 'value="&lt;v&gt;"', '<button name="act" value="see">'):
            assert shown in page
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        url = call.simulator.base_url + ACTS
        async with call.session.post(url, data=b"act=see&message_id=%3Cv%3E", headers=form) as answer:
            assert "Simulated Infobip" in await answer.text()
        assert (await counted(call))["viber", "seen"] == {"made": 1, "nowhere": 1}

    simulate(story, AT_ONCE, lambda: NOW)
