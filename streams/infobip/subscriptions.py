"""Subscriptions at Infobip: made where they are missing, changed where they are otherwise; nobody else's is touched.

What is ours is known by its id. Each call is made once, and raises as `Client.ask`; an answer that no repetition would
better raises Refused. What was done before stays done, and doing it all again is harmless.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from schemas.operations import (
    CREATE_SUBSCRIPTION,
    CREATE_SUBSCRIPTION_PROFILE,
    CREATE_SUBSCRIPTION_SECURITY,
    GET_SUBSCRIPTION,
    GET_SUBSCRIPTION_PROFILE,
    GET_SUBSCRIPTION_SECURITY,
    UPDATE_SUBSCRIPTION,
    UPDATE_SUBSCRIPTION_PROFILE,
    UPDATE_SUBSCRIPTION_SECURITY,
    Operation,
)
from streams.calls.call import Call
from streams.calls.faults import told
from streams.errors import Refused
from streams.infobip.client import Client

#: What others may set of a profile and a subscription, and what stays as they did: subscriptions-api.json,
#: NoIdProfileRequest and SmsNoIdSubscriptionRequest.
THEIRS_IN_PROFILES = (
    "clientCertificateId",
    "maxBucketSize",
    "windowSize",
    "connectTimeout",
    "readTimeout",
    "enabledSSLProtocols",
    "headers",
    "responseRegex",
    "responseBodyRegex",
    "rateLimit",
)
THEIRS_IN_SUBSCRIPTIONS = ("name", "criteria", "resources", "users")


@dataclass(frozen=True, slots=True)
class Security:
    """By what Infobip proves itself when it calls; `credentials` hold a secret."""

    auth_id: str
    kind: str
    credentials: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Events of a channel of Infobip's, and the address that is told of them; its profile has the same id."""

    subscription_id: str
    channel: str
    events: tuple[str, ...]
    address: str


@dataclass(frozen=True, slots=True)
class _Setting:
    """One thing at Infobip: where it is, under which id (the last of `segments`), and how it should be."""

    sort: str
    id_name: str
    segments: tuple[str, ...]
    read: Operation
    create: Operation
    update: Operation
    wanted: Mapping[str, Any] = field(repr=False)
    theirs: tuple[str, ...] = ()


async def subscribe(
    client: Client, security: Security, subscriptions: Iterable[Subscription], say: Callable[[str], None]
) -> None:
    """Have Infobip tell these addresses of these events, and say what was made, changed, or there already.

    What others set of a profile or a subscription besides (criteria, headers, speed) stays as it is.

    Raises:
        Unauthorized: the key is refused.
        Forbidden: the key lacks a scope.
        Unreachable: there was no answer.
        Refused: Infobip takes one of them not.

    """
    for one in _settings(security, subscriptions):
        say(f"{client.name}: {one.sort} {one.segments[-1]} {await _ensure(client, one)}")


def _settings(security: Security, subscriptions: Iterable[Subscription]) -> Iterable[_Setting]:
    """All that must be there, in an order in which each refers to what is there before."""
    yield _Setting(
        sort="security",
        id_name="authId",
        segments=(security.auth_id,),
        read=GET_SUBSCRIPTION_SECURITY,
        create=CREATE_SUBSCRIPTION_SECURITY,
        update=UPDATE_SUBSCRIPTION_SECURITY,
        wanted={"type": security.kind, "credentials": dict(security.credentials)},
    )
    for one in subscriptions:
        yield _Setting(
            sort="profile",
            id_name="profileId",
            segments=(one.subscription_id,),
            read=GET_SUBSCRIPTION_PROFILE,
            create=CREATE_SUBSCRIPTION_PROFILE,
            update=UPDATE_SUBSCRIPTION_PROFILE,
            wanted={
                "webhook": {"notifyUrl": one.address, "contentType": "application/json"},
                "security": {"authId": security.auth_id},
            },
            theirs=THEIRS_IN_PROFILES,
        )
        yield _Setting(
            sort="subscription",
            id_name="subscriptionId",
            segments=(one.channel, one.subscription_id),
            read=GET_SUBSCRIPTION,
            create=CREATE_SUBSCRIPTION,
            update=UPDATE_SUBSCRIPTION,
            wanted={"events": list(one.events), "profile": {"profileId": one.subscription_id}},
            theirs=THEIRS_IN_SUBSCRIPTIONS,
        )


async def _ensure(client: Client, one: _Setting) -> str:
    """See to it that a setting is as it should be; what that took, as a word."""
    whole = one.read.path_of(*one.segments)
    found = await _found(client, Call(one.read, path=whole, accepts_any_answer=True))
    if found is None:
        body = {one.id_name: one.segments[-1], **one.wanted}
        await _done(client, Call(one.create, body, path=one.create.path_of(*one.segments[:-1])))
        return "created"
    if _holds(found, one.wanted):
        return "unchanged"
    kept = {name: found[name] for name in one.theirs if found.get(name)}
    await _done(client, Call(one.update, {**kept, **one.wanted}, path=one.update.path_of(*one.segments)))
    return "updated"


async def _found(client: Client, call: Call) -> Mapping[str, Any] | None:
    reply = await client.ask(call)
    if reply.status == HTTPStatus.NOT_FOUND:
        return None
    if reply.status != HTTPStatus.OK or not isinstance(reply.body, dict):
        raise Refused(f"{call.operation} ({call.method} {call.path}) {told(reply.status, reply.body)}")
    return reply.body


async def _done(client: Client, call: Call) -> None:
    reply = await client.ask(call)
    if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Refused(f"{call.operation} ({call.method} {call.path}) {told(reply.status, reply.body)}")


def _holds(found: Any, wanted: Any) -> bool:
    """Whether what is there says all that is wanted; events come in any order, and with a format or without."""
    match wanted:
        case Mapping():
            return isinstance(found, dict) and all(_holds(found.get(name), said) for name, said in wanted.items())
        case list():
            return isinstance(found, list) and sorted(map(_event, found)) == sorted(wanted)
    return bool(found == wanted)


def _event(said: Any) -> str:
    return str(said.get("event")) if isinstance(said, dict) else str(said)
