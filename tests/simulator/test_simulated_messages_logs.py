"""The logs, as somebody asks them what became of messages."""

from typing import Any

from streams.simulator import SimulatorOptions
from tests.fakes.clock import Clock
from tests.simulator.messaging import NUMBER, TYPED_TEXT, At, email, message, properties, send, text
from tests.simulator.simulated import NOW, Caller, Seen, simulate


def _ids(answer: Seen) -> list[str]:
    assert answer.status == 200, answer.text
    return [row["messageId"] for row in answer.body["results"]]


def test_a_row_tells_of_a_message_as_published() -> None:
    async def story(call: Caller) -> None:
        options = {"platform": {"entityId": "entity"}, "campaignReferenceId": "summer", "flash": False}
        await send(call, At.SMS, text(ids=["m1"], said="a" * 161, options=options), schedule={"bulkId": "b1"})
        await send(call, At.SMS, text("12", ids=["m2"]), schedule={"bulkId": "b1"})
        rejected, accepted = (await call("GET", At.SMS_LOGS)).body["results"]
        assert accepted == {
            "sender": "Acme",
            "destination": NUMBER,
            "bulkId": "b1",
            "messageId": "m1",
            "sentAt": "2026-11-20T10:00:00.000+0000",
            "messageCount": 2,
            "price": {"pricePerMessage": 0, "currency": "EUR"},
            "status": {
                "groupId": 1,
                "groupName": "PENDING",
                "id": 26,
                "name": "PENDING_ACCEPTED",
                "description": "Message sent to next instance",
            },
            "error": {
                "groupId": 0,
                "groupName": "OK",
                "id": 0,
                "name": "NO_ERROR",
                "description": "No Error",
                "permanent": False,
            },
            "content": {"text": "a" * 161},
            "mccMnc": "22801",
            "platform": {"entityId": "entity"},
            "campaignReferenceId": "summer",
        }
        assert (rejected["status"]["id"], rejected["doneAt"]) == (52, rejected["sentAt"])

    simulate(story, clock=lambda: NOW)


def test_messages_are_found_by_what_they_are_asked_for() -> None:
    async def story(call: Caller) -> None:
        for number in range(4):
            bulk = {"bulkId": f"b{number % 2}"}
            sent = text(f"4179302672{number}", ids=[f"m{number}"], sender=f"shop{number}")
            await send(call, At.SMS, sent, schedule=bulk)
        await send(call, At.VIBER, message(TYPED_TEXT, ids=["v1"]), schedule={"bulkId": "b0"})

        async def ask(query: str = "") -> list[str]:
            return _ids(await call("GET", f"{At.SMS_LOGS}?{query}"))

        assert await ask() == ["m3", "m2", "m1", "m0"]
        assert await ask("messageId=m1") == ["m1"]
        assert await ask("messageId=m0,m2&messageId=m3") == ["m3", "m2", "m0"]
        assert await ask("messageId=m0%2C%20m2") == ["m2", "m0"]
        assert await ask("messageId=unknown") == []
        assert await ask("messageId=v1") == []
        assert await ask("bulkId=b0") == ["m2", "m0"]
        assert await ask("bulkId=b0,b1&limit=3") == ["m3", "m2", "m1"]
        assert await ask("bulkId=b0&messageId=m0,m1") == ["m0"]
        assert await ask("destination=41793026722") == ["m2"]
        assert await ask("sender=shop3") == ["m3"]
        assert await ask("generalStatus=REJECTED") == []
        assert _ids(await call("GET", "/viber/2/logs")) == ["v1"]

    simulate(story)


def test_messages_are_found_by_whom_they_were_sent_for_and_by_their_network() -> None:
    async def story(call: Caller) -> None:
        platform = {"entityId": "e", "applicationId": "a"}
        await send(call, At.SMS, text(ids=["m1"], options={"platform": platform}), text("4915112345678", ids=["m2"]))
        await send(call, At.SMS, text("14155550100", ids=["m3"], options={"campaignReferenceId": "summer"}))
        await send(call, At.SMS, text("99912345678", ids=["m4"]))
        await send(call, At.VIBER, message(TYPED_TEXT, ids=["v1"]))

        async def ask(query: str) -> list[str]:
            return _ids(await call("GET", f"{At.SMS_LOGS}?{query}"))

        assert await ask("entityId=e") == await ask("applicationId=a") == ["m1"]
        assert await ask("entityId=other") == []
        assert await ask("campaignReferenceId=winter,summer") == ["m3"]
        assert await ask("mcc=228") == await ask("mcc=228&mnc=01") == ["m1"]
        assert await ask("mcc=262&mnc=99") == []
        rows = (await call("GET", At.SMS_LOGS)).body["results"]
        assert [row.get("mccMnc") for row in rows] == [None, "310260", "26201", "22801"]
        assert _ids(await call("GET", "/viber/2/logs?mcc=228")) == ["v1"]  # not a parameter of Viber's

    simulate(story)


def test_messages_are_found_by_when_they_were_sent() -> None:
    clock = Clock(NOW.timestamp())

    async def story(call: Caller) -> None:
        for second in range(3):
            clock.seconds = NOW.timestamp() + second + 0.123456
            await send(call, At.SMS, text(ids=[f"m{second}"]))
        shown = [row["sentAt"] for row in (await call("GET", At.SMS_LOGS)).body["results"]]
        assert shown[1] == "2026-11-20T10:00:01.123+0000"

        async def ask(**query: str) -> list[str]:
            return _ids(await call("GET", At.SMS_LOGS, **query))

        assert await ask(sentSince=shown[1]) == ["m2", "m1"]
        assert await ask(sentUntil=shown[1]) == ["m1", "m0"]
        assert await ask(sentSince=shown[1], sentUntil=shown[1]) == ["m1"]
        assert await ask(sentSince="2026-11-20T11:00:01.124+0100") == ["m2"]
        assert await ask(sentUntil="2026-11-20T10:00:00Z") == []

    simulate(story, clock=clock.utc)


def test_with_a_cursor_everything_is_seen_once_whatever_comes_meanwhile() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, *(text(ids=[f"m{number}"]) for number in range(10)))
        await send(call, At.VIBER, message(TYPED_TEXT, ids=["v1"]))
        seen: list[str] = []
        query: dict[str, Any] = {"useCursor": "true", "limit": "4"}
        while True:
            page = await call("GET", At.SMS_LOGS, **query)
            seen += _ids(page)
            assert page.body["cursor"]["limit"] == 4
            await send(call, At.SMS, text(ids=[f"new-{len(seen)}"]))
            if "nextCursor" not in page.body["cursor"]:
                break
            query["cursor"] = page.body["cursor"]["nextCursor"]
        assert seen == [f"m{number}" for number in reversed(range(10))]
        assert "cursor" not in (await call("GET", At.SMS_LOGS)).body
        assert "nextCursor" not in (await call("GET", At.SMS_LOGS, useCursor="true", destination="1")).body["cursor"]

    simulate(story)


def test_what_is_to_be_sent_later_is_not_sent_now() -> None:
    clock = Clock(NOW.timestamp())

    async def story(call: Caller) -> None:
        await send(call, At.SMS, text(ids=["m1"]))
        await send(call, At.SMS, text(ids=["m2"]), schedule={"sendAt": "2026-11-21T12:00:00.000+0100"})
        await send(call, At.SMS, text(ids=["m3"]), schedule={"sendAt": "2020-01-01T00:00:00.000+0000"})
        assert _ids(await call("GET", At.SMS_LOGS)) == ["m3", "m1"]
        clock.move(25 * 3600)
        rows = (await call("GET", At.SMS_LOGS, messageId="m2")).body["results"]
        assert [row["sentAt"] for row in rows] == ["2026-11-21T11:00:00.000+0000"]
        assert (await send(call, At.SMS, text(ids=["m2"]))).body["messages"][0]["status"]["id"] == 23

    simulate(story, clock=clock.utc)


def test_a_parameter_that_is_not_published_is_passed_over_unless_that_is_not_wanted() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, text(ids=["m1"]))
        answer = await call("GET", At.SMS_LOGS, colour="red")
        if call.simulator.options.unknown_keys == "take":
            assert _ids(answer) == ["m1"]
        else:
            assert properties(answer) == {"colour": ["is not a known parameter"]}

    simulate(story)
    simulate(story, SimulatorOptions(limits=None, unknown_keys="refuse"))


def test_fifty_are_shown_unless_more_are_asked_for() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, *(text(ids=[f"m{number}"]) for number in range(1100)))
        assert len(_ids(await call("GET", At.SMS_LOGS))) == 50
        assert len(_ids(await call("GET", At.SMS_LOGS, limit="1000"))) == 1000
        for bad in ("0", "1001", "many", "-1"):
            assert list(properties(await call("GET", At.SMS_LOGS, limit=bad))) == ["limit"]
        assert list(properties(await call("GET", At.SMS_LOGS, messageId="m" * 2049))) == ["messageId"]
        for name, bad in (("sentSince", "yesterday"), ("useCursor", "often"), ("cursor", "?")):
            assert list(properties(await call("GET", At.SMS_LOGS, **{name: bad}))) == [name]

    simulate(story)


def test_a_message_is_in_the_logs_late_and_for_two_days() -> None:
    clock = Clock(NOW.timestamp())

    async def story(call: Caller) -> None:
        await send(call, At.SMS, text(ids=["m1"]))
        seen = []
        for seconds in (0, 29, 30, 48 * 3600, 48 * 3600 + 1):
            clock.seconds = NOW.timestamp() + seconds
            seen.append(_ids(await call("GET", At.SMS_LOGS, messageId="m1")))
        assert seen == [[], [], ["m1"], ["m1"], []]

    simulate(story, SimulatorOptions(limits=None, logs_lag_seconds=30), clock.utc)


def test_a_repeated_id_is_in_the_logs_once_and_a_free_one_twice() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, text("12", ids=["m1"]), text(ids=["m1"]), text(ids=["m1"]))
        rows: list[Any] = (await call("GET", At.SMS_LOGS, messageId="m1")).body["results"]
        assert [row["status"]["id"] for row in rows] == [26, 52]

    simulate(story, SimulatorOptions(limits=None, rejected_ids_taken=False))


def test_errors_come_with_what_did_not_arrive() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.SMS, *[text()] * 7, *(text(said=str(number)) for number in range(20)))
        await send(call, At.SMS, text("4477009000"))
        rows = (await call("GET", At.SMS_LOGS, generalStatus="REJECTED,UNDELIVERABLE")).body["results"]
        assert [(row["status"]["id"], row["error"]["name"], row["error"]["permanent"]) for row in rows] == [
            (4, "EC_ILLEGAL_SUBSCRIBER", True),
            (20, "EC_DESTINATION_FLOODING", True),
            (20, "EC_DESTINATION_TXT_FLOODING", True),
        ]

    simulate(story, SimulatorOptions(limits=None, flooding_filter=True, statuses=("4477*=4",)))


def test_the_logs_of_email_show_its_text() -> None:
    async def story(call: Caller) -> None:
        await send(call, At.EMAIL, email("ann@example.com", ids=["m1"]))
        (row,) = (await call("GET", "/email/4/logs")).body["results"]
        assert (row["text"], row["destination"], "content" in row) == ("Hello", "ann@example.com", False)

    simulate(story)
