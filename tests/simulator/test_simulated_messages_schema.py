"""Messaging against the schema that Infobip publishes: its examples, its refusals, its answers.

The schema departs from its own examples. A suggestion of RCS, a header and a button of Kakao are longer in an example
than they may be: the simulator refuses them. So it does the email that names an IP pool but no sender, which the text
asks for where there is no template. The data of a WhatsApp flow are objects in the schema and texts in the example: the
simulator takes both. The binary SMS has an ellipsis among its digits, the calendar event is in the past, against the
text: the simulator takes them. What is wrong with one of several WhatsApp templates is told without saying which.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from streams.simulator import SimulatorOptions
from streams.simulator.answers import Refusal
from streams.simulator.endpoints import Ask
from streams.simulator.messages.endpoints import MESSAGE_ENDPOINTS
from streams.simulator.operations import Bucket, Limit
from streams.simulator.outbox import Outbox
from tests.simulator.messaging import At, properties, template
from tests.simulator.published import (
    MESSAGING,
    PUBLISHED,
    SENDS,
    Place,
    answer_form,
    answers,
    at,
    changed,
    examples,
    operation,
    places,
    request_form,
)
from tests.simulator.simulated import NOW, Caller, simulate

AGAINST_THE_SCHEMA = {
    "Text with different types of suggestions",
    "Send a free form item list brand message",
    "Send a carousel free form brand message",
}
AGAINST_THE_TEXT = {"Email with IP pool ID"}
TEXTS_FOR_OBJECTS = {"Flow button with flow token and data template message"}
WINDOWS = {"s": 1.0, "m": 60.0}
MAPS = frozenset({"data", "callbackData", "parameters", "messageData", "buttonData", "couponData", "imageData"})
SENDER = "441134960000"


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_every_operation_is_published_with_its_path_scopes_and_limit(name: str) -> None:
    ours, theirs = PUBLISHED[name], operation(name)
    assert ours.scopes == set(theirs["x-scopes"])
    limits = [_limit(limit) for limit in theirs.get("x-throttling-info", ())]
    assert limits == ([] if ours.limit is None else [ours.limit])


def _limit(limit: Any) -> Any:
    if limit["type"] == "token":
        return Bucket(limit["replenishRate"], limit["burstCapacity"])
    return Limit(limit["numberOfRequests"], WINDOWS[limit["timeUnit"]])


def _rows(answer: Any) -> list[Any]:
    rows: list[Any] = answer.get("messages", [answer])
    return rows


@pytest.mark.parametrize("name", SENDS)
def test_published_examples_are_taken_and_answered_as_published(name: str) -> None:
    shown = [row for answer in answers(name, 200).values() for row in _rows(answer)]
    logs = name.replace("send_", "list_") + "_logs"

    async def story(call: Caller) -> None:
        for title, body in examples(name).items():
            assert request_form(name).is_valid(body) is (title not in AGAINST_THE_SCHEMA | TEXTS_FOR_OBJECTS)
            answer = await call("POST", MESSAGING[name].path, body)
            is_refused = title in AGAINST_THE_SCHEMA | AGAINST_THE_TEXT
            assert (title, answer.status) == (title, 400 if is_refused else 200)
            answer_form(name, answer.status).validate(answer.body)
            if not is_refused:
                rows = _rows(answer.body)
                # The examples share their ids.
                assert {row["status"]["id"] for row in rows} <= {shown[0]["status"]["id"], 23}
                assert all(row.keys() <= shown[0].keys() for row in rows)
        assert len(call.simulator.outbox.messages) >= 1
        if logs in MESSAGING:
            answer = await call("GET", MESSAGING[logs].path, limit="1000")
            answer_form(logs, 200).validate(answer.body)
            assert len(answer.body["results"]) == len(call.simulator.outbox.messages)

    simulate(story)


def _wrong_values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):  # which no number and no text is, whichever
        yield from (None, 7, "x", [], {})
    else:
        yield from (None, 7, -1, 1.5, 2**40, True, "", "x", "x" * 5000, [], {})
    if isinstance(value, list):
        yield value * 250


def _mutants(name: str) -> Iterator[Any]:
    """Yield each example without each of its values, and with others; once for each kind of place."""
    seen: set[tuple[Any, ...]] = set()
    for title, body in examples(name).items():
        for place in places({} if title in TEXTS_FOR_OBJECTS else body):
            kind = _kind(body, place)
            if kind in seen:
                continue
            seen.add(kind)
            yield from (changed(body, place, value) for value in _wrong_values(at(body, place)))
            if isinstance(place[-1], str):
                yield changed(body, place)


def _kind(body: Any, place: Place) -> tuple[Any, ...]:
    around = [at(body, place[:depth]) for depth in range(len(place))]
    types = [each.get("type") for each in around if isinstance(each, dict)]
    return (*("#" if isinstance(key, int) else key for key in place), *types)


@pytest.mark.parametrize("name", SENDS)
def test_whatever_the_schema_refuses_is_refused(name: str) -> None:
    refused = 0
    for body in _mutants(name):
        if request_form(name).is_valid(body):
            continue
        refused += 1
        with pytest.raises(Refusal) as refusal:
            MESSAGE_ENDPOINTS[name](Outbox(), Ask(NOW, "", {}, orjson.dumps(body)))
        assert refusal.value.problems
    assert refused >= 50


@pytest.mark.parametrize("name", SENDS)
def test_whatever_is_unknown_is_taken_unless_that_is_not_wanted(name: str) -> None:
    """No published schema of a message forbids other keys, and clients of Infobip's own send some."""
    strict = Outbox(SimulatorOptions(unknown_keys="refuse"))
    for body in examples(name).values():
        for place in [(), *places(body)]:
            if not isinstance(at(body, place), dict) or not MAPS.isdisjoint(place):
                continue
            unknown = changed(body, (*place, "colour"), "red")
            assert not request_form(name).is_valid(body) or request_form(name).is_valid(unknown)
            assert any(path.endswith("colour") for path in _refused(strict, name, unknown))
            assert _refused(Outbox(), name, unknown) == _refused(Outbox(), name, body)


def _refused(outbox: Outbox, name: str, body: Any) -> list[str]:
    """What is wrong with a request, by its path; nothing of one that is taken."""
    try:
        MESSAGE_ENDPOINTS[name](outbox, Ask(NOW, "", {}, orjson.dumps(body)))
    except Refusal as refusal:
        return [problem.path for problem in refusal.problems]
    return []


def test_published_refusals_of_whatsapp_are_those_given() -> None:
    image = {"type": "IMAGE", "mediaUrl": ""}
    file = {"type": "DOCUMENT", "mediaUrl": "https://example.com/a", "filename": "a" * 241}
    broken = {"type": "TEXT", "placeholder": "a\nb"}
    bodies: dict[str, tuple[str, Any]] = {
        "Text validation error response": (At.WHATSAPP_TEXT, {"from": SENDER, "to": SENDER, "content": {"text": ""}}),
        "Extra whitespaces error response": (At.WHATSAPP_TEMPLATE, {"messages": [template(header=broken)]}),
        "Url validation error response": (At.WHATSAPP_TEMPLATE, {"messages": [template(header=image)]}),
        "Filename validation error response": (At.WHATSAPP_TEMPLATE, {"messages": [template(header=file)]}),
        "Bad request": (At.WHATSAPP_TEXT, b"{"),
    }
    told = answers("send_whatsapp_text", 400) | answers("send_whatsapp_template", 400)
    assert told.keys() == bodies.keys()

    async def story(call: Caller) -> None:
        for title, (path, body) in bodies.items():
            answer = await call("POST", path, body)
            if title == "Bad request":
                assert answer.body == told[title]
                continue
            theirs = told[title]["requestError"]["serviceException"]["validationErrors"]
            ours = properties(answer)
            assert {name: set(errors) for name, errors in ours.items()} == {
                name: set(errors) for name, errors in theirs.items()
            }

    simulate(story)


def test_published_templates_are_shown_as_published() -> None:
    name = "list_whatsapp_templates"
    theirs = [each for answer in answers(name, 200).values() for each in answer["templates"]]
    seeds = [{key: each[key] for key in ("name", "language", "status", "category", "structure")} for each in theirs]

    async def story(call: Caller) -> None:
        ours = await call("GET", f"/whatsapp/2/senders/{SENDER}/templates")
        answer_form(name, 200).validate(ours.body)
        for shown, seed, published in zip(ours.body["templates"], seeds, theirs, strict=True):
            assert {key: shown[key] for key in seed} == seed
            assert shown.keys() == published.keys() - {"platform"}
        answer_form(name, 404).validate((await call("GET", "/whatsapp/2/senders/1/templates")).body)

    simulate(story, SimulatorOptions(limits=None, whatsapp_templates={SENDER: seeds}))


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_errors_are_answered_as_published(status: int) -> None:
    async def story(call: Caller) -> None:
        call.simulator.faults.add(f"*:status={status}")
        for name, ours in PUBLISHED.items():
            answer = await call(ours.method, re.sub(r"\{\w+\}", SENDER, ours.path), {})
            assert answer.status == status
            if str(status) in operation(name)["responses"]:
                answer_form(name, status).validate(answer.body)
                assert ("errorCode" in answer.body) is (ours.family == "new")

    simulate(story)
