"""What the operations answer that reports are pulled by, and that say who is told of what: from the office alone."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from streams.simulator.answers import Answer, Problem, Refusal
from streams.simulator.endpoints import Ask
from streams.simulator.feedback.bodies import Body, of_email_pulled, of_sms_v1, platform_of, unified
from streams.simulator.feedback.configuration_forms import CONFIGURATION
from streams.simulator.feedback.configurations import key_of
from streams.simulator.feedback.courses import Step
from streams.simulator.feedback.inbound_bodies import (
    WIRE_CHANNELS,
    envelope,
    of_messages_api,
    of_mms_pulled,
    of_sms,
)
from streams.simulator.feedback.post_office import PostOffice, inbox, reports_box
from streams.simulator.feedback.reports import Inbound
from streams.simulator.feedback.subscription_forms import CHANGED, CREATED, EVENTS
from streams.simulator.messages.logs import read_limit, refusal_of, refuse_unknown
from streams.simulator.messages.reading import read
from streams.simulator.outbox import Sent

_WANTED: Mapping[str, Callable[[Sent], str | None]] = {
    "bulkId": lambda sent: sent.bulk_id,
    "messageId": lambda sent: sent.message_id,
    "entityId": lambda sent: platform_of(sent).get("entityId"),
    "applicationId": lambda sent: platform_of(sent).get("applicationId"),
    "campaignReferenceId": lambda sent: sent.options.get("campaignReferenceId"),
}
_PLATFORM = ("entityId", "applicationId")
_PAGE = 20
_PAGE_MAX = 100
_DIGITS = 9


def pull_reports(channel: str, show: Callable[[Sent, Step], Body], office: PostOffice, ask: Ask) -> Answer:
    """Answer delivery reports that nobody was told of, each once."""
    _check(office, ask, {*_WANTED, "limit"})
    asked = {name: ask.query[name] for name in _WANTED if name in ask.query}

    def is_wanted(sent: Sent | None, _: Inbound | None) -> bool:
        return sent is not None and all(_WANTED[name](sent) == value for name, value in asked.items())

    pulled, _ = office.pull(reports_box(channel), is_wanted, read_limit(ask.query), ask.now.timestamp())
    rows = [show(sent, report.step) for sent, report in pulled if sent is not None]
    return Answer(200, {"results": rows}, items=len(rows))


def pull_inbox(channel: str, show: Callable[[Inbound], Body], office: PostOffice, ask: Ask) -> Answer:
    """Answer what people wrote and nobody was told of, each message once."""
    _check(office, ask, {*_PLATFORM, "limit", "campaignReferenceId"})
    asked = {name: ask.query[name] for name in _PLATFORM if name in ask.query}

    def is_wanted(_: Sent | None, inbound: Inbound | None) -> bool:
        return inbound is not None and asked.items() <= (inbound.platform or {}).items()

    pulled, left = office.pull(inbox(channel), is_wanted, read_limit(ask.query), ask.now.timestamp())
    rows = [show(report.inbound) for _, report in pulled if report.inbound is not None]
    return Answer(200, envelope(rows, left), items=len(rows))


def pull_mms_inbox(office: PostOffice, ask: Ask) -> Answer:
    """Answer MMS that people sent, which are not counted."""
    answer = pull_inbox("mms", of_mms_pulled, office, ask)
    return Answer(200, {"results": answer.body["results"]}, items=answer.items)


def pull_inbound(office: PostOffice, ask: Ask) -> Answer:
    """Answer what people wrote on one channel, in the form of all channels."""
    names = {wire: channel for channel, wire in WIRE_CHANNELS.items() if channel != "rcs"}
    named = ask.query.get("channel")
    if named is None:
        raise refusal_of("channel", "must not be null")
    if named not in {*names, "APPLE_MB", "MESSENGER"}:
        raise refusal_of("channel", f"must be one of {', '.join(sorted(names))}")
    rest = {name: value for name, value in ask.query.items() if name != "channel"}
    return pull_inbox(names.get(named, named), of_messages_api, office, Ask(ask.now, "", rest, b""))


def _check(office: PostOffice, ask: Ask, known: set[str]) -> None:
    if office.options.unknown_keys == "refuse":
        refuse_unknown(ask.query, known)


def put_configuration(office: PostOffice, ask: Ask) -> Answer:
    """Make or change a configuration of inbound messages."""
    request = read(CONFIGURATION, ask.body, ask.now, office.options.unknown_keys)
    return Answer(200, office.configurations.put(request).shown, items=1)


def list_configurations(office: PostOffice, ask: Ask) -> Answer:
    """Answer the configurations of a number or sender, or of a channel, or the one of a key."""
    if "configurationKey" not in ask.query and ask.query.get("channel") not in WIRE_CHANNELS.values():
        raise refusal_of("channel", f"must be one of {', '.join(WIRE_CHANNELS.values())}")
    return Answer(200, [each.shown for each in office.configurations.found(ask.query)])


def delete_configuration(office: PostOffice, ask: Ask) -> Answer:
    """End a configuration."""
    office.configurations.delete(ask.name)
    return Answer(204)


def list_numbers(office: PostOffice, ask: Ask) -> Answer:
    """Answer the numbers of the account."""
    numbers = [each for each in office.configurations.numbers if ask.query.get("number", "") in each]
    size = _number(ask.query, "limit", 50, 1, 1000)
    start = _number(ask.query, "page", 0, 0, 10**_DIGITS) * size
    rows = [{"numberKey": key_of(each), "number": each, **_OF_NUMBERS} for each in numbers[start : start + size]]
    return Answer(200, {"numbers": rows, "numberCount": len(numbers)})


_OF_NUMBERS: Mapping[str, Any] = {"type": "VIRTUAL_LONG_NUMBER", "capabilities": ["SMS", "MMS"], "shared": False}


def create(sort: str, office: PostOffice, ask: Ask) -> Answer:
    """Keep a subscription, a profile or security settings."""
    _check_channel(ask)
    body = read(CREATED[sort], ask.body, ask.now, office.options.unknown_keys)
    return Answer(201, office.subscriptions.create(sort, body, ask.names.get("channel", "")), items=1)


def update(sort: str, office: PostOffice, ask: Ask) -> Answer:
    """Put something in the place of what there was."""
    channel, identity = _named(ask)
    body = read(CHANGED[sort], ask.body, ask.now, office.options.unknown_keys)
    return Answer(200, office.subscriptions.update(sort, identity, body, channel), items=1)


def get(sort: str, office: PostOffice, ask: Ask) -> Answer:
    """Answer one of a sort."""
    channel, identity = _named(ask)
    return Answer(200, office.subscriptions.get(sort, identity, channel))


def delete(sort: str, office: PostOffice, ask: Ask) -> Answer:
    """End one of a sort, and answer its ids."""
    channel, identity = _named(ask)
    return Answer(200, office.subscriptions.delete(sort, identity, channel), items=1)


class _Filter(NamedTuple):
    asked: str
    kept: str
    within: str


_FILTERS = (
    _Filter("applicationId", "criteria", "applicationId"),
    _Filter("entityId", "criteria", "entityId"),
    _Filter("callsConfigurationId", "criteria", "callsConfigurationId"),
    _Filter("resource", "resources", ""),
    _Filter("user", "users", ""),
)


def list_all(sort: str, office: PostOffice, ask: Ask) -> Answer:
    """Answer a page of a sort, the last one made first."""
    _check_channel(ask)
    found = [each for each in office.subscriptions.listed(sort, ask.names.get("channel", "")) if _is_asked(each, ask)]
    page = _number(ask.query, "page", 0, 0, 10**_DIGITS)
    size = _number(ask.query, "size", _PAGE, 1, _PAGE_MAX)
    paging = {"page": page, "size": size, "totalPages": -(-len(found) // size), "totalResults": len(found)}
    return Answer(200, {"results": found[page * size : (page + 1) * size], "paging": paging})


def _is_asked(each: Mapping[str, Any], ask: Ask) -> bool:
    """Say whether a subscription has all that is asked for; several values of one name stand with commas."""
    for name, kept, within in _FILTERS:
        has = {one.get(within) if within else one for one in each.get(kept, ())}
        if name in ask.query and not set(ask.query[name].split(",")) <= has:
            return False
    return True


def _check_channel(ask: Ask) -> None:
    """Refuse a channel that has no subscriptions here."""
    channel = ask.names.get("channel")
    if channel is not None and channel not in EVENTS:
        raise Refusal(40001, "Bad request", [Problem("channel", f"must be one of {', '.join(EVENTS)}")])


def _named(ask: Ask) -> tuple[str, str]:
    """Return the channel, where there is one, and the id that a path names."""
    _check_channel(ask)
    *_, identity = ask.names.values()
    return ask.names.get("channel", ""), identity


def _number(query: Mapping[str, str], name: str, usual: int, low: int, high: int) -> int:
    text = query.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and low <= int(text) <= high):
        raise refusal_of(name, f"must be between {low} and {high}")
    return int(text)


FeedbackEndpoint = Callable[[PostOffice, Ask], Answer]
_UNIFIED = ("sms", "mms", "viber", "rcs", "kakao_alim", "kakao_chingu")
_SORTS = (("subscription", "subscriptions"), ("profile", "profiles"), ("security", "securities"))

FEEDBACK_ENDPOINTS: Mapping[str, FeedbackEndpoint] = {
    **{f"pull_{channel}_reports": partial(pull_reports, channel, unified) for channel in _UNIFIED},
    "pull_sms_reports_v1": partial(pull_reports, "sms", of_sms_v1),
    "pull_email_reports": partial(pull_reports, "email", of_email_pulled),
    "pull_sms_inbox": partial(pull_inbox, "sms", of_sms),
    "pull_mms_inbox": pull_mms_inbox,
    "pull_inbound": pull_inbound,
    "put_configuration": put_configuration,
    "list_configurations": list_configurations,
    "delete_configuration": delete_configuration,
    "list_numbers": list_numbers,
    **{f"list_{sorts}": partial(list_all, sort) for sort, sorts in _SORTS},
    **{f"create_{sort}": partial(create, sort) for sort, _ in _SORTS},
    **{f"get_{sort}": partial(get, sort) for sort, _ in _SORTS},
    **{f"update_{sort}": partial(update, sort) for sort, _ in _SORTS},
    **{f"delete_{sort}": partial(delete, sort) for sort, _ in _SORTS},
}
