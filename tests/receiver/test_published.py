"""Every example that Infobip publishes of what it sends, or shows when asked, is read."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import orjson
import pytest

from schemas.records.delivery_report import Source
from streams.receiver.forms import FORMS, read, read_entries
from streams.receiver.reading import Channel, What
from tests.openapi import read_published
from tests.receiver.golden import NOW, model_of

PRODUCTS: Mapping[str, Channel] = {
    "sms": "sms",
    "mms": "mms",
    "whatsapp": "whatsapp",
    "viber": "viber",
    "rcs": "rcs",
    "kakao": "kakao_alim",
    "email": "email",
    "messages-api": "omni",
}
#: What is sent of channels that nobody sends on with us, and inbound emails, which are no JSON.
ELSEWHERE = ("sangdam", "viber-bot", "inbound-email")
ASKED_FOR = ("/reports", "/logs", "/inbound")


def examples(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, one in content["application/json"].get("examples", {}).items():
        yield name, one["value"]


def webhooks(product: str) -> Iterator[tuple[str, Any]]:
    for name, webhook in read_published(product)["webhooks"].items():
        if not any(word in name for word in ELSEWHERE):
            for example, body in examples(webhook["post"]["requestBody"]["content"]):
                yield f"{name}: {example}", body


def pages(product: str) -> Iterator[tuple[str, Any]]:
    for path, operations in read_published(product)["paths"].items():
        if path.endswith(ASKED_FOR) and "get" in operations and not any(word in path for word in ELSEWHERE):
            for example, body in examples(operations["get"]["responses"]["200"]["content"]):
                yield f"{path}: {example}", body["results"]


def records(told: Any) -> None:
    for one in told.records:
        model_of(one.topic).model_validate_json(orjson.dumps(one.value))


@pytest.mark.parametrize("what", get_args(What))
@pytest.mark.parametrize("product", PRODUCTS)
def test_every_example_of_what_is_sent_is_read_at_each_address_of_its_channel(product: str, what: What) -> None:
    channel, unread = PRODUCTS[product], {}
    for name, body in webhooks(product):
        if (what, channel) in FORMS:
            told = read(what, channel, orjson.dumps(body), received_at=NOW, source="webhook")
            records(told)
            if told.unreadable:
                unread[name] = told.unreadable
    assert unread == {}


@pytest.mark.parametrize("source", ["pull", "logs"])
@pytest.mark.parametrize("product", PRODUCTS)
def test_every_example_of_a_page_is_read_and_each_entry_told(product: str, source: Source) -> None:
    unread = {}
    for name, entries in pages(product):
        told = read_entries("reports", PRODUCTS[product], entries, received_at=NOW, source=source)
        records(told)
        silent = [entry for entry in entries if not str(entry.get("event", "")).startswith("TYPING")]
        if told.unreadable or len(told.records) != len(silent):
            unread[name] = told.unreadable
    assert unread == {}
