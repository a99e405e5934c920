"""Starters give bodies as Infobip publishes them, the same in both languages; none where nobody can be reached."""

import asyncio
from typing import Any

import jsonschema
import orjson
import pytest

from streams.templates.rendered import Rendered
from streams.templates.renderer import Renderer
from streams.templates.source import Source
from streams.templates.starters import ENDINGS, STARTERS, Language, StarterName, text_of
from tests.openapi import read_published

ANN = {"email": "ann@example.com", "phone": "+14155550123", "first_name": 'Ann "A" O\'Neil', "order_id": "A-1"}
NAMELESS = {"email": "bob@example.com", "phone": "+14155550124", "first_name": None}
NOBODY = {"first_name": "Cid"}
BODIES: dict[StarterName, list[Any]] = {
    StarterName.email: [
        {
            "messages": [
                {
                    "sender": "Acme <orders@example.com>",
                    "destinations": [{"to": [{"destination": address, "placeholders": placeholders}]}],
                    "content": {"templateId": "100000"},
                }
            ]
        }
        for address, placeholders in (
            ("ann@example.com", {"first_name": 'Ann "A" O\'Neil', "order_id": "A-1"}),
            ("bob@example.com", {"first_name": "", "order_id": ""}),
        )
    ],
    StarterName.whatsapp: [
        {
            "messages": [
                {
                    "from": "441134960000",
                    "to": phone,
                    "content": {
                        "templateName": "order_update",
                        "templateData": {"body": {"placeholders": placeholders}},
                        "language": "en",
                    },
                }
            ]
        }
        for phone, placeholders in (
            ("+14155550123", ['Ann "A" O\'Neil', "A-1"]),
            ("+14155550124", ["there", "-"]),
        )
    ],
    StarterName.sms: [
        {
            "messages": [
                {
                    "sender": "Acme",
                    "destinations": [{"to": phone}],
                    "content": {"text": f"Hi {name}, your order is on its way."},
                }
            ]
        }
        for phone, name in (("+14155550123", 'Ann "A" O\'Neil'), ("+14155550124", "there"))
    ],
}
EACH = [(name, language) for name in StarterName for language in Language]


def rendered(name: StarterName, language: Language, *events: dict[str, Any]) -> list[Rendered]:
    async def run() -> list[Rendered]:
        renderer = Renderer(Source(f"{name}{ENDINGS[language]}", text_of(name, language)))
        try:
            return await renderer.render([orjson.dumps(event).decode() for event in events])
        finally:
            await renderer.aclose()

    return asyncio.run(run())


def read(result: Rendered) -> Any:
    """A body, with what is JSON within it read, too: spaces in that differ."""
    assert isinstance(result, bytes), result
    body = orjson.loads(result)
    for message in (body or {}).get("messages", ()):
        for destination in message.get("destinations", ()):
            for to in destination["to"] if isinstance(destination["to"], list) else ():
                to["placeholders"] = orjson.loads(to["placeholders"])
    return body


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_starter_gives_the_body_of_its_send_and_nothing_for_whom_it_cannot_reach(
    name: StarterName, language: Language
) -> None:
    assert [read(one) for one in rendered(name, language, ANN, NAMELESS, NOBODY)] == [*BODIES[name], None]


@pytest.mark.parametrize(("name", "language"), EACH)
def test_what_a_starter_gives_is_valid_by_the_published_schema(name: StarterName, language: Language) -> None:
    document = read_published(name)
    body = document["paths"][STARTERS[name].operation.path]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    checker = jsonschema.Draft202012Validator({"components": document["components"], "allOf": [schema]})
    for one in rendered(name, language, ANN, NAMELESS):
        assert isinstance(one, bytes)
        assert [error.message for error in checker.iter_errors(orjson.loads(one))] == []
