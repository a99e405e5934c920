"""The operations that the simulator answers: where each is, the scope it needs, how often it may be called."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

Family = Literal["native", "v3", "new", "classic"]

READ = frozenset({"people:read", "people:manage"})
MANAGE = frozenset({"people:manage"})


class Limit(NamedTuple):
    """How many requests are let in in any window of so many seconds."""

    requests: int
    seconds: float = 1.0


class Bucket(NamedTuple):
    """How many requests a second refill a bucket, and how many it holds."""

    refill: float
    burst: int


_USUAL = Limit(5)
_OF_LOGS = Limit(120, 60.0)


@dataclass(frozen=True, slots=True)
class Operation:
    """One published operation; any one of `scopes` is enough, `family` is the form of its own errors.

    The limit is of an account; `per_key`, of each key.
    """

    name: str
    method: str
    path: str
    scopes: frozenset[str]
    limit: Limit | Bucket | None = _USUAL
    family: Family = "native"
    per_key: bool = False


def _scopes(channel: str, right: str) -> frozenset[str]:
    return frozenset({f"{channel}:{right}", f"{channel}:manage"})


def _send(
    name: str, path: str, channel: str, family: Family = "new", requests_per_second: int | None = None
) -> Operation:
    scopes = _scopes(channel, "message:send") | {"message:send"}
    limit = None if requests_per_second is None else Limit(requests_per_second)
    return Operation(name, "POST", path, scopes, limit, family)


def _logs(name: str, path: str, channel: str) -> Operation:
    return Operation(name, "GET", path, _scopes(channel, "logs:read"), _OF_LOGS, "new")


def _reports(name: str, path: str, channel: str, limit: Limit | None = None) -> Operation:
    scopes = _scopes(channel, "message:send") | {"message:send"}
    return Operation(name, "GET", path, scopes, limit, "new")


def _inbox(name: str, path: str, channel: str) -> Operation:
    scopes = _scopes(channel, "inbound-message:read") | {"inbound-message:read"}
    return Operation(name, "GET", path, scopes, None, "classic")


def _crud(things: str, thing: str, path: str, place: str, scope: str) -> tuple[Operation, ...]:
    """Return the operations on things of one sort: list, create, get, update, delete."""
    scopes, one = frozenset({scope}), f"{path}/{{{place}}}"
    return (
        Operation(f"list_{things}", "GET", path, scopes, None, "classic"),
        Operation(f"create_{thing}", "POST", path, scopes, None, "classic"),
        Operation(f"get_{thing}", "GET", one, scopes, None, "classic"),
        Operation(f"update_{thing}", "PUT", one, scopes, None, "classic"),
        Operation(f"delete_{thing}", "DELETE", one, scopes, None, "classic"),
    )


_PEOPLE = (
    Operation("list_persons", "GET", "/people/2/persons", READ),
    Operation("create_person", "POST", "/people/2/persons", MANAGE, Limit(10)),
    Operation("update_person", "PATCH", "/people/2/persons", MANAGE),
    Operation("replace_person", "PUT", "/people/2/persons", MANAGE),
    Operation("delete_person", "DELETE", "/people/2/persons", MANAGE),
    Operation("match_people", "POST", "/people/2/persons/match", READ, Limit(15)),
    Operation("upsert_persons", "PATCH", "/people/3/persons/upsert", MANAGE, family="v3"),
    Operation("list_tags", "GET", "/people/2/tags", READ),
    Operation("create_tag", "POST", "/people/2/tags", MANAGE),
    Operation("get_tag", "GET", "/people/2/tags/{name}", READ),
    Operation("delete_tag", "DELETE", "/people/2/tags/{name}", MANAGE),
    Operation("add_tag", "PATCH", "/people/2/tags/{name}/persons", MANAGE),
    Operation("remove_tag", "DELETE", "/people/2/tags/{name}/persons", MANAGE),
    Operation("list_attributes", "GET", "/people/2/customAttributes", READ),
    Operation("create_attribute", "POST", "/people/2/customAttributes", MANAGE),
    Operation("get_attribute", "GET", "/people/2/customAttributes/{name}", READ),
    Operation("delete_attribute", "DELETE", "/people/2/customAttributes/{name}", MANAGE),
)
_MESSAGES = (
    _send("send_sms", "/sms/3/messages", "sms"),
    _logs("list_sms_logs", "/sms/3/logs", "sms"),
    _send("send_mms", "/mms/2/messages", "mms"),
    _logs("list_mms_logs", "/mms/2/logs", "mms"),
    Operation("upload_mms", "POST", "/mms/1/content", frozenset({"mms:manage"}), None, "classic"),
    _send("send_viber", "/viber/2/messages", "viber-bm"),
    _logs("list_viber_logs", "/viber/2/logs", "viber-bm"),
    _send("send_rcs", "/rcs/2/messages", "rcs"),
    _logs("list_rcs_logs", "/rcs/2/logs", "rcs"),
    _send("send_kakao_alim", "/kakao-alim/1/messages", "kakao"),
    _logs("list_kakao_alim_logs", "/kakao-alim/1/logs", "kakao"),
    _send("send_kakao_chingu", "/kakao-chingu/1/messages", "kakao"),
    _logs("list_kakao_chingu_logs", "/kakao-chingu/1/logs", "kakao"),
    _send("send_email", "/email/4/messages", "email", requests_per_second=4000),
    _logs("list_email_logs", "/email/4/logs", "email"),
    _send("send_whatsapp_text", "/whatsapp/1/message/text", "whatsapp", "classic", 4000),
    _send("send_whatsapp_template", "/whatsapp/1/message/template", "whatsapp", "classic", 4000),
    Operation(
        "list_whatsapp_templates",
        "GET",
        "/whatsapp/2/senders/{sender}/templates",
        frozenset({"whatsapp:manage"}),
        Limit(2500),
        "classic",
    ),
)

_NUMBERS = frozenset({"numbers:manage"})
_CONFIGURATIONS = "/resource-management/1/inbound-message-configurations"
_SUBSCRIPTIONS = "subscriptions:manage"
_FEEDBACK = (
    _reports("pull_sms_reports", "/sms/3/reports", "sms"),
    replace(_reports("pull_sms_reports_v1", "/sms/1/reports", "sms"), family="classic"),
    _reports("pull_mms_reports", "/mms/2/reports", "mms"),
    _reports("pull_viber_reports", "/viber/2/reports", "viber-bm"),
    _reports("pull_rcs_reports", "/rcs/2/reports", "rcs"),
    _reports("pull_kakao_alim_reports", "/kakao-alim/1/reports", "kakao"),
    _reports("pull_kakao_chingu_reports", "/kakao-chingu/1/reports", "kakao"),
    _reports("pull_email_reports", "/email/4/reports", "email", _OF_LOGS),
    _inbox("pull_sms_inbox", "/sms/1/inbox/reports", "sms"),
    _inbox("pull_mms_inbox", "/mms/1/inbox/reports", "mms"),
    Operation(
        "pull_inbound",
        "GET",
        "/messages-api/1/inbound",
        frozenset({"inbound-message:read", "messages-api:manage"}),
        None,
        "new",
    ),
    Operation("put_configuration", "POST", _CONFIGURATIONS, _NUMBERS, Bucket(2, 10), "classic"),
    Operation("list_configurations", "GET", _CONFIGURATIONS, _NUMBERS, Limit(2), "classic"),
    Operation(
        "delete_configuration", "DELETE", f"{_CONFIGURATIONS}/{{configurationKey}}", _NUMBERS, Limit(1), "classic"
    ),
    Operation("list_numbers", "GET", "/numbers/1/numbers", _NUMBERS, Bucket(1, 2), "classic"),
    *_crud(
        "subscriptions", "subscription", "/subscriptions/1/subscription/{channel}", "subscriptionId", _SUBSCRIPTIONS
    ),
    *_crud("profiles", "profile", "/subscriptions/1/profiles", "profileId", _SUBSCRIPTIONS),
    *_crud("securities", "security", "/subscriptions/1/security", "authId", _SUBSCRIPTIONS),
)
_LISTS = tuple(
    Operation(name, "POST", f"/saas/amplitude/1/lists{path}", MANAGE, Limit(1, seconds), "classic", per_key=True)
    for name, path, seconds in (
        ("create_list", "", 2.0),
        ("add_to_list", "/{listId}/add", 10.0),
        ("remove_from_list", "/{listId}/remove", 5.0),
    )
)

OPERATIONS: dict[str, Operation] = {
    operation.name: operation for operation in (*_PEOPLE, *_MESSAGES, *_FEEDBACK, *_LISTS)
}
