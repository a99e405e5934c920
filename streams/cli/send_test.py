"""One message sent for a person to see: what Infobip answers, and what that means."""

import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import orjson

from schemas.configuration import Configuration
from schemas.jobs.send_message import SendMessage
from schemas.records.message import Message
from streams.app.accounts import client_of
from streams.calls.call import LOST, Reply
from streams.channels.statuses import explain
from streams.cli.preview import Line, in_parts
from streams.errors import ConfigurationError, Unreachable
from streams.infobip.client import Client
from streams.jobs.send_message.plan import Messenger
from streams.jobs.send_message.uploads import with_files_uploaded
from streams.pipeline.window import OpenWindow
from streams.profiles.emails import normal_email
from streams.profiles.phones import normal_phone

#: After so many lost answers a person is told, rather than kept waiting.
TRIES_MAX = 3


def profile_of(job: SendMessage, to: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """The profile of somebody with this address and these message fields.

    Raises:
        ConfigurationError: the address is none, or a field is none of the job's message fields.

    """
    if unknown := [name for name in fields if name not in job.message_fields]:
        known = ", ".join(job.message_fields) or "none"
        raise ConfigurationError([f"--field {name}: no message field of '{job.name}' ({known})" for name in unknown])
    by_email = job.content.addressed_by == "email"
    if (normal_email(to) if by_email else normal_phone(to, job.default_region)) is None:
        raise ConfigurationError(
            [f"--to: must be {'an email address' if by_email else 'a phone number such as +41793026727'}"]
        )
    address = job.email_field if by_email else job.phone_field
    # Paths with dots reach into nested profiles, unless a field is called so literally.
    return {**fields, address[0]: to}


async def send_one(configuration: Configuration, job: SendMessage, profile: Mapping[str, Any]) -> Message:
    """Send one message, once, under an id that was never used. Raises as `Client.ask` does.

    A send whose answer is lost is looked up and tried again under the same id, as a job does, but not for ever.
    """
    (authorization,) = [one for one in configuration.authorizations if one.name == job.authorization]
    client = client_of(authorization)
    try:
        ready = await with_files_uploaded(job, client)
        messenger = Messenger(ready, configuration.webhooks)
        return await _send(messenger, client, profile)
    finally:
        await client.aclose()


async def _send(messenger: Messenger, client: Client, profile: Mapping[str, Any]) -> Message:
    job = messenger.job
    audience = job.audiences[0] if job.audiences else "test"
    name = f"test-{uuid4()}"
    event = {"event_id": name, "action": "enter", "audience": audience, "profile_id": name, "profile": profile}
    window = OpenWindow(job.wants, 1)
    window.take([Line("test", 0, orjson.dumps(event))], 0.0)
    folded = messenger.fold(window.cut())
    dialogue = messenger.deliver(folded, time.time())
    lost = 0
    try:
        (call,) = next(dialogue)
        while True:
            try:
                reply = await client.ask(call)
            except Unreachable as error:
                this_too = call.method == "POST" and not error.undone
                lost += this_too
                if not this_too or lost == TRIES_MAX:
                    doubt = f"; message {folded.messages[0].message_id} may have been sent: look for it at Infobip"
                    raise Unreachable(f"{error}{doubt if lost else ''}") from None
                reply = Reply(LOST)
            (call,) = dialogue.send([reply])
    except StopIteration as end:
        (sent,) = end.value.told
    told: Message = sent
    return told


def in_words(sent: Message) -> Iterator[str]:
    """What became of a message, in lines for a person."""
    yield f"message {sent.message_id} by {sent.channel} to {sent.to}{in_parts(sent)}"
    group, code, name = sent.status_group_id, sent.status_id, sent.status_name
    if group is not None and code is not None:
        yield f"Infobip answered: {group} {sent.status_group_name}, {code} {name}"
        yield explain(group, code, name)
    if not sent.is_enqueued:
        yield f"{sent.message_status} ({sent.error})"
