"""Configurations of inbound messages at an account: asked for, made or changed, and ended.

With `wait` a question is asked until it is answered, however long that takes; without, once, and it raises as
`Client.ask`. All raise Refused where the answer is one that no repetition would better.
"""

from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.infobip.inbound import InboundConfiguration
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.operations import DELETE_INBOUND_CONFIGURATION, LIST_INBOUND_CONFIGURATIONS, PUT_INBOUND_CONFIGURATION
from streams.calls.call import Call, Reply
from streams.calls.faults import told
from streams.errors import Refused
from streams.infobip.client import Client
from streams.jobs.receive_messages.plan import question

_FOUND = TypeAdapter(list[InboundConfiguration])


async def find(client: Client, job: ReceiveMessages, *, wait: bool = False) -> list[InboundConfiguration]:
    """All configurations of a job's number on its channel; of a number without any, Infobip may answer 404."""
    call = Call(LIST_INBOUND_CONFIGURATIONS, query=question(job), accepts_any_answer=True)
    reply = await _send(client, call, wait=wait)
    if reply.status == HTTPStatus.NOT_FOUND:
        return []
    try:
        return _FOUND.validate_python(_expect(call, reply))
    except ValidationError:
        raise Refused(f"{call.operation} answered in a form that is not Infobip's") from None


async def put(client: Client, body: dict[str, Any], *, wait: bool = False) -> str:
    """Make or change a configuration; its key."""
    call = Call(PUT_INBOUND_CONFIGURATION, body, accepts_any_answer=True)
    reply = await _send(client, call, wait=wait)
    if reply.status == HTTPStatus.NOT_FOUND:
        raise Refused(f"{call.operation} {told(reply.status, reply.body)}: is the number one of this account's?")
    try:
        return InboundConfiguration.model_validate(_expect(call, reply)).configuration_key
    except ValidationError:
        raise Refused(f"{call.operation} answered without the key of a configuration") from None


async def end(client: Client, key: str) -> bool:
    """End a configuration, asking once; whether it was there."""
    path = DELETE_INBOUND_CONFIGURATION.path_of(key)
    call = Call(DELETE_INBOUND_CONFIGURATION, path=path, accepts_any_answer=True)
    reply = await client.ask(call)
    if reply.status == HTTPStatus.NOT_FOUND:
        return False
    _expect(call, reply)
    return True


async def _send(client: Client, call: Call, *, wait: bool) -> Reply:
    return await (client.perform(call) if wait else client.ask(call))


def _expect(call: Call, reply: Reply) -> Any:
    if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Refused(f"{call.operation} ({call.method} {call.path}) {told(reply.status, reply.body)}")
    return reply.body
