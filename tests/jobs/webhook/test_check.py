"""What `check --online` says of a webhook: how often its calls are made, and whether the key is proven."""

import asyncio
from typing import Any

import pytest

from schemas.configuration import Configuration
from streams.jobs.webhook import check
from tests.fakes.infobip import Infobip
from tests.jobs.webhook.calling import webhook_job

CONFIGURATION = Configuration.model_validate(
    {
        "kafka": {"brokers": "a"},
        "authorizations": [{"name": "main", "base_url": "xyz123.api.infobip.com", "api_key": "k"}],
        "jobs": [webhook_job()],
    }
)
ONCE = "sends messages: nobody gets one twice"
AGAIN = (
    "is called at least once for an event: again after a lost answer or a kill; `repeat: never` makes it at most once"
)
NEVER = "is called at most once for an event: of a lost answer there is a dead letter"
SEND = {"template": "a.js", "authorization": "main"}


@pytest.mark.parametrize(
    ("expected", "options"),
    [
        (f"POST /sms/3/messages {ONCE}", {"path": "/sms/3/messages", **SEND}),
        (
            f"POST https://xyz123.api.infobip.com/sms/3/messages {ONCE}",
            {"url": "https://xyz123.api.infobip.com/sms/3/messages", **SEND},
        ),
        (
            f"POST https://evil.example/sms/3/messages {AGAIN}",
            {"url": "https://evil.example/sms/3/messages", **SEND},
        ),
        (f"PUT https://hooks.example.com/in {AGAIN}", {"method": "PUT"}),
        (f"POST https://hooks.example.com/in {NEVER}", {"repeat": "never"}),
    ],
)
def test_it_says_how_often_an_event_is_called(expected: str, options: dict[str, Any]) -> None:
    said: list[str] = []
    faults = asyncio.run(check.look(webhook_job(**options), CONFIGURATION, said.append))
    assert (said, list(faults)) == ([f"hook: {expected}"], [])


@pytest.mark.parametrize(
    ("expected", "options"),
    [
        ((True, ["list_sms_logs"]), {"path": "/sms/3/messages", "template": "a.js"}),
        ((False, []), {"path": "/messages-api/1/messages", "template": "a.js"}),
        ((False, []), {"path": "/people/2/tags"}),
    ],
)
def test_a_key_is_proven_by_the_logs_of_what_is_sent_and_by_nothing_that_changes_anything(
    expected: tuple[bool, list[str]], options: dict[str, Any]
) -> None:
    infobip = Infobip.simulated()

    async def story() -> bool:
        client = infobip.connect()
        try:
            return await check.prove(client, webhook_job(**options))
        finally:
            await client.aclose()

    assert (asyncio.run(story()), infobip.operations) == expected
