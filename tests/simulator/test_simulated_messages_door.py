"""What stands around messages: keys, limits, templates, uploads, the page."""

from typing import Any, Literal

import pytest

from streams.simulator import SimulatorOptions
from streams.simulator.operations import OPERATIONS
from streams.simulator.throttle import Throttle
from tests.simulator.messaging import MMS_TEXT, At, email, message, send, text
from tests.simulator.simulated import Caller, simulate

TEMPLATES = "/simulator/whatsapp-templates"


@pytest.mark.parametrize(
    ("path", "scopes", "family"),
    [
        (At.SMS, {"sms:manage"}, "new"),
        (At.EMAIL, {"message:send"}, "new"),
        (At.WHATSAPP_TEXT, {"whatsapp:manage"}, "classic"),
    ],
)
def test_the_door_answers_in_the_family_of_the_endpoint(
    path: str, scopes: set[str], family: Literal["new", "classic"]
) -> None:
    options = SimulatorOptions(
        api_keys={"fits": frozenset(scopes), "other": frozenset({"people:manage"})},
        limits={"send_sms": 0.5, "send_email": 1, "send_whatsapp_text": 0},
    )

    async def story(call: Caller) -> None:
        await call("POST", path, {}, key="fits")
        answers = [await call("POST", path, {}, key=key) for key in ("wrong", "other", "fits")]
        assert [answer.status for answer in answers] == [401, 403, 429]
        if family == "new":
            assert [answer.body["errorCode"] for answer in answers] == ["E401", "E403", "E429"]
        else:
            ids = [answer.body["requestError"]["serviceException"]["messageId"] for answer in answers]
            assert ids == ["UNAUTHORIZED", "FORBIDDEN", "TOO_MANY_REQUESTS"]
        assert answers[-1].headers["Retry-After"] in {"1", "2"}
        call.simulator.faults.add("*:status=503")
        assert ("errorCode" in (await call("POST", path, {})).body) is (family == "new")

    simulate(story, options)


def test_windows_are_as_long_as_published_or_as_a_rate_asks_for() -> None:
    published = Throttle(SimulatorOptions())
    admitted = [at for at in range(150) if not published.wait_seconds("list_sms_logs", at * 0.4)]
    assert admitted == list(range(120))
    assert published.wait_seconds("list_sms_logs", 59.0) == pytest.approx(1.0)
    assert not published.wait_seconds("list_sms_logs", 60.0)
    assert not any(published.wait_seconds("send_sms", 0.0) for _ in range(10_000))
    slow = Throttle(SimulatorOptions(limits={"send_sms": 0.5, "send_rcs": 2.5}))
    assert [at / 10 for at in range(60) if not slow.wait_seconds("send_sms", at / 10)] == [0.0, 2.0, 4.0]
    assert sum(not slow.wait_seconds("send_rcs", at / 100) for at in range(800)) == 20


def test_the_demo_key_may_do_everything() -> None:
    (scopes,) = SimulatorOptions().api_keys.values()
    assert all(scopes & operation.scopes for operation in OPERATIONS.values())


def test_templates_are_those_of_the_sender() -> None:
    seeded = {"441134960000": [{"name": "order_shipped", "language": "en", "status": "PENDING"}]}
    path = "/whatsapp/2/senders/{}/templates"

    async def story(call: Caller) -> None:
        (shown,) = (await call("GET", path.format("441134960000"))).body["templates"]
        assert (shown["name"], shown["language"], shown["status"], shown["category"]) == (
            "order_shipped",
            "en",
            "PENDING",
            "MARKETING",
        )
        unknown = await call("GET", path.format("441134960009"))
        assert (unknown.status, unknown.body["requestError"]["serviceException"]) == (
            404,
            {"messageId": "NOT_FOUND", "text": "Not found"},
        )
        structure = {"body": {"text": "Hi {{1}}"}, "type": "TEXT"}
        approved = {"name": "order_shipped", "language": "en", "category": "UTILITY", "structure": structure}
        seed = {"sender": "441134960000", "templates": [approved, {"name": "order_shipped", "language": "de"}]}
        assert (await call("POST", TEMPLATES, seed)).body == {"seeded": 2}
        shown, german = (await call("GET", path.format("+441134960000"))).body["templates"]
        assert (shown["status"], shown["category"], shown["structure"]) == ("APPROVED", "UTILITY", structure)
        assert german["language"] == "de"
        await call("POST", TEMPLATES, {"sender": "441134960009", "templates": []})
        assert (await call("GET", path.format("441134960009"))).body == {"templates": []}
        for bad in ({"sender": "1"}, {"sender": "1", "templates": [{"name": "a", "status": "FINE"}]}, [7]):
            assert (await call("POST", TEMPLATES, bad)).status == 400

    simulate(story, SimulatorOptions(limits=None, whatsapp_templates=seeded))


def test_who_is_no_sender_sends_nothing() -> None:
    """Until senders are registered everybody is one, without templates; what is listed is what may send."""
    path = "/whatsapp/2/senders/441134960000/templates"
    message = {"from": "441134960000", "to": "41793026727", "content": {"text": "Hello"}}

    async def story(call: Caller) -> None:
        assert (await call("GET", path)).body == {"templates": []}
        assert (await call("POST", At.WHATSAPP_TEXT, message)).body["status"]["id"] == 7
        await call("POST", TEMPLATES, {"sender": "441134960009", "templates": []})
        assert (await call("GET", path)).status == 404
        assert (await call("POST", At.WHATSAPP_TEXT, message)).body["status"]["name"] == "REJECTED_SOURCE"
        known = {**message, "from": "441134960009"}
        assert (await call("POST", At.WHATSAPP_TEXT, known)).body["status"]["id"] == 7

    simulate(story)


def test_content_is_uploaded_under_one_id() -> None:
    async def story(call: Caller) -> None:
        async def upload(data: bytes = b"picture", **headers: str) -> tuple[int, Any]:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            url = call.simulator.base_url + "/mms/1/content"
            sent |= {"Authorization": "App demo-key", "Content-Type": "application/octet-stream"}
            async with call.session.post(url, data=data, headers=sent) as answer:
                return answer.status, await answer.json()

        status, body = await upload(X_Content_Id="image_1", X_Media_Type="image/png")
        assert (status, list(body)) == (200, ["uploadedContentId"])
        assert (await upload(X_Content_Id="image_1", X_Media_Type="image/png"))[1] == body
        assert (await upload(b"other", X_Content_Id="image_1", X_Media_Type="image/png"))[1] != body
        status, body = await upload(X_Media_Type="image/png")
        assert (status, body["bulkId"], body["messages"]) == (400, "", [])
        assert "X-Content-Id" in body["errorMessage"]
        status, _ = await upload(X_Content_Id="image_1", X_Media_Type="image/png", X_Validity_Period_Minutes="long")
        assert status == 400

    uploads = simulate(story).outbox.uploads
    assert [(each.content_id, each.media_type, each.size) for each in uploads.values()] == [
        ("image_1", "image/png", 7),
        ("image_1", "image/png", 5),
    ]


def test_the_page_shows_the_latest_messages_escaped() -> None:
    async def story(call: Caller) -> None:
        nasty = "<script>alert('1')</script>"
        await send(call, At.SMS, text(said=nasty, ids=["m1"]), text(said="again", ids=["m1"]))
        await send(call, At.MMS, message(MMS_TEXT))
        await send(call, At.EMAIL, email("ann@example.com"))
        page = (await call("GET", "/")).text
        assert nasty not in page
        shown = ("&lt;script&gt;", "messageSegments", "ann@example.com", "News", "PENDING_ACCEPTED", "3 messages")
        assert all(word in page for word in shown)

    simulate(story)
