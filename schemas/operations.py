"""The operations of Infobip's API that we call: one table says all that is known of each.

Each row bears the document of Infobip's published OpenAPI that it comes from: its method and path are an operation
there, its scope is one of `x-scopes`, and its limit is `x-throttling-info`, told as requests a second of an account
(https://www.infobip.com/docs/developer-resources/api-fundamentals/rate-limits-and-throttling.md). Of most sends none
is published: an account's speed is agreed with it, so nothing is held back before Infobip asks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal
from urllib.parse import quote

Method = Literal["GET", "POST", "PATCH", "DELETE", "PUT"]

#: What an operation is for, where that decides how it is called: it sends messages, or tells what became of them:
#: whoever asks, or each time once and then no more.
Purpose = Literal["manage", "send", "logs", "reports"]

#: Requests a second: of most operations in people.json, and of the logs of each channel, which take 120 a minute.
PEOPLE_PER_SECOND, LOGS_PER_SECOND = 5.0, 2.0


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `path` has names in braces where a call fills in segments.

    `scope` is the least with which a key may make the call. `per_second` is what Infobip publishes as its limit,
    infinite where it publishes none.
    """

    name: str
    method: Method
    path: str
    scope: str
    per_second: float = PEOPLE_PER_SECOND
    purpose: Purpose = "manage"

    def __str__(self) -> str:
        """Its name, as logs and records say it."""
        return self.name

    def path_of(self, *segments: str) -> str:
        """The path with its segments filled in and percent-encoded, in their order.

        Raises:
            ValueError: HTTP clients resolve `.` and `..` however they are written; the call would go elsewhere.

        """
        path = self.path
        for segment in segments:
            if segment in {"", ".", ".."}:
                raise ValueError(f"{segment!r} cannot be a part of a path")
            before, _, rest = path.partition("{")
            path = f"{before}{quote(segment, safe='')}{rest.partition('}')[2]}"
        return path


def _underscored(path: str) -> str:
    return path.replace("/", "_").replace("-", "_")


def _setting(name: str, method: Method, path: str) -> Operation:
    return Operation(name, method, f"/subscriptions/1/{path}", "subscriptions:manage", inf)


def _send(name: str, path: str, product: str, per_second: float = inf) -> Operation:
    return Operation(name, "POST", path, f"{product}:message:send", per_second, "send")


def _logs(name: str, path: str, product: str) -> Operation:
    return Operation(name, "GET", path, f"{product}:logs:read", LOGS_PER_SECOND, "logs")


def _reports(name: str, path: str, scope: str, per_second: float = inf) -> Operation:
    return Operation(name, "GET", path, scope, per_second, "reports")


# people.json
LIST_PERSONS = Operation("list_persons", "GET", "/people/2/persons", "people:read")
DELETE_PERSON = Operation("delete_person", "DELETE", "/people/2/persons", "people:manage")
MATCH_PEOPLE = Operation("match_people", "POST", "/people/2/persons/match", "people:read", 15.0)
UPSERT_PERSONS = Operation("upsert_persons", "PATCH", "/people/3/persons/upsert", "people:manage")
LIST_TAGS = Operation("list_tags", "GET", "/people/2/tags", "people:read")
GET_TAG = Operation("get_tag", "GET", "/people/2/tags/{name}", "people:read")
CREATE_TAG = Operation("create_tag", "POST", "/people/2/tags", "people:manage")
ADD_TAG = Operation("add_tag", "PATCH", "/people/2/tags/{name}/persons", "people:manage")
REMOVE_TAG = Operation("remove_tag", "DELETE", "/people/2/tags/{name}/persons", "people:manage")
LIST_ATTRIBUTES = Operation("list_attributes", "GET", "/people/2/customAttributes", "people:read")
CREATE_ATTRIBUTE = Operation("create_attribute", "POST", "/people/2/customAttributes", "people:manage")
# whatsapp.json
LIST_WHATSAPP_TEMPLATES = Operation(
    "list_whatsapp_templates", "GET", "/whatsapp/2/senders/{sender}/templates", "whatsapp:manage", 2500.0
)
SEND_WHATSAPP_TEXT = _send("send_whatsapp_text", "/whatsapp/1/message/text", "whatsapp", 4000.0)
SEND_WHATSAPP_TEMPLATE = _send("send_whatsapp_template", "/whatsapp/1/message/template", "whatsapp", 4000.0)
#: What else can be sent by WhatsApp, by the last part of its path: one message a call.
WHATSAPP_SENDS: tuple[Operation, ...] = tuple(
    _send(f"send_whatsapp_{_underscored(kind)}", f"/whatsapp/1/message/{kind}", "whatsapp", 4000.0)
    for kind in (
        *("document", "image", "audio", "video", "sticker", "location", "contact"),
        *("interactive/buttons", "interactive/list", "interactive/media-carousel", "interactive/location-request"),
        *("interactive/product", "interactive/multi-product", "interactive/order-details", "interactive/order-status"),
        *("interactive/flow", "interactive/url-button", "interactive/request-contact-info"),
        *("interactive/voice-button", "interactive/call-permission-request"),
        "interactive/in-thread-authentication-request",
    )
)
# mms.json
# No limit of uploads is published: they go no faster than people.
UPLOAD_MMS = Operation("upload_mms", "POST", "/mms/1/content", "mms:manage")
SEND_MMS = _send("send_mms", "/mms/2/messages", "mms")
LIST_MMS_LOGS = _logs("list_mms_logs", "/mms/2/logs", "mms")
LIST_MMS_REPORTS = _reports("list_mms_reports", "/mms/2/reports", "mms:message:send")
LIST_MMS_INBOX = _reports("list_mms_inbox", "/mms/1/inbox/reports", "mms:inbound-message:read")
# sms.json
SEND_SMS = _send("send_sms", "/sms/3/messages", "sms")
SEND_SMS_V2 = _send("send_sms_v2", "/sms/2/text/advanced", "sms")
LIST_SMS_LOGS = _logs("list_sms_logs", "/sms/3/logs", "sms")
LIST_SMS_REPORTS = _reports("list_sms_reports", "/sms/3/reports", "sms:message:send")
LIST_SMS_INBOX = _reports("list_sms_inbox", "/sms/1/inbox/reports", "sms:inbound-message:read")
# email.json
SEND_EMAIL = _send("send_email", "/email/4/messages", "email", 4000.0)
LIST_EMAIL_LOGS = _logs("list_email_logs", "/email/4/logs", "email")
LIST_EMAIL_REPORTS = _reports("list_email_reports", "/email/4/reports", "email:message:send", LOGS_PER_SECOND)
# viber.json
SEND_VIBER = _send("send_viber", "/viber/2/messages", "viber-bm")
LIST_VIBER_LOGS = _logs("list_viber_logs", "/viber/2/logs", "viber-bm")
LIST_VIBER_REPORTS = _reports("list_viber_reports", "/viber/2/reports", "viber-bm:message:send")
# rcs.json
SEND_RCS = _send("send_rcs", "/rcs/2/messages", "rcs")
LIST_RCS_LOGS = _logs("list_rcs_logs", "/rcs/2/logs", "rcs")
LIST_RCS_REPORTS = _reports("list_rcs_reports", "/rcs/2/reports", "rcs:message:send")
# kakao.json
SEND_KAKAO_ALIM = _send("send_kakao_alim", "/kakao-alim/1/messages", "kakao")
LIST_KAKAO_ALIM_LOGS = _logs("list_kakao_alim_logs", "/kakao-alim/1/logs", "kakao")
LIST_KAKAO_ALIM_REPORTS = _reports("list_kakao_alim_reports", "/kakao-alim/1/reports", "kakao:message:send")
SEND_KAKAO_CHINGU = _send("send_kakao_chingu", "/kakao-chingu/1/messages", "kakao")
LIST_KAKAO_CHINGU_LOGS = _logs("list_kakao_chingu_logs", "/kakao-chingu/1/logs", "kakao")
LIST_KAKAO_CHINGU_REPORTS = _reports("list_kakao_chingu_reports", "/kakao-chingu/1/reports", "kakao:message:send")
# messages-api.json
SEND_MESSAGES = _send("send_messages", "/messages-api/1/messages", "messages-api")
# resources.json: of the POST's token bucket the rate counts, and not the burst.
LIST_INBOUND_CONFIGURATIONS = Operation(
    "list_inbound_configurations", "GET", "/resource-management/1/inbound-message-configurations", "numbers:manage", 2.0
)
PUT_INBOUND_CONFIGURATION = Operation(
    "put_inbound_configuration", "POST", "/resource-management/1/inbound-message-configurations", "numbers:manage", 2.0
)
DELETE_INBOUND_CONFIGURATION = Operation(
    "delete_inbound_configuration",
    "DELETE",
    "/resource-management/1/inbound-message-configurations/{configurationKey}",
    "numbers:manage",
    1.0,
)
# Not in Infobip's OpenAPI: https://amplitude.com/docs/data/destination-catalog/infobip-cohort says where they are. It
# publishes how often a key may call each, and no scope: a list is a tag of People's.
CREATE_LIST = Operation("create_list", "POST", "/saas/amplitude/1/lists", "people:manage", 0.5)
ADD_TO_LIST = Operation("add_to_list", "POST", "/saas/amplitude/1/lists/{listId}/add", "people:manage", 0.1)
REMOVE_FROM_LIST = Operation(
    "remove_from_list", "POST", "/saas/amplitude/1/lists/{listId}/remove", "people:manage", 0.2
)
# subscriptions-api.json: no limit is published of these.
GET_SUBSCRIPTION = _setting("get_subscription", "GET", "subscription/{channel}/{subscriptionId}")
CREATE_SUBSCRIPTION = _setting("create_subscription", "POST", "subscription/{channel}")
UPDATE_SUBSCRIPTION = _setting("update_subscription", "PUT", "subscription/{channel}/{subscriptionId}")
GET_SUBSCRIPTION_PROFILE = _setting("get_subscription_profile", "GET", "profiles/{profileId}")
CREATE_SUBSCRIPTION_PROFILE = _setting("create_subscription_profile", "POST", "profiles")
UPDATE_SUBSCRIPTION_PROFILE = _setting("update_subscription_profile", "PUT", "profiles/{profileId}")
GET_SUBSCRIPTION_SECURITY = _setting("get_subscription_security", "GET", "security/{authId}")
CREATE_SUBSCRIPTION_SECURITY = _setting("create_subscription_security", "POST", "security")
UPDATE_SUBSCRIPTION_SECURITY = _setting("update_subscription_security", "PUT", "security/{authId}")

#: All of them, by name.
OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        LIST_PERSONS,
        DELETE_PERSON,
        MATCH_PEOPLE,
        UPSERT_PERSONS,
        LIST_TAGS,
        GET_TAG,
        CREATE_TAG,
        ADD_TAG,
        REMOVE_TAG,
        LIST_ATTRIBUTES,
        CREATE_ATTRIBUTE,
        LIST_WHATSAPP_TEMPLATES,
        SEND_WHATSAPP_TEXT,
        SEND_WHATSAPP_TEMPLATE,
        *WHATSAPP_SENDS,
        UPLOAD_MMS,
        SEND_MMS,
        LIST_MMS_LOGS,
        LIST_MMS_REPORTS,
        LIST_MMS_INBOX,
        SEND_SMS,
        SEND_SMS_V2,
        SEND_MESSAGES,
        LIST_SMS_LOGS,
        LIST_SMS_REPORTS,
        LIST_SMS_INBOX,
        SEND_EMAIL,
        LIST_EMAIL_LOGS,
        LIST_EMAIL_REPORTS,
        SEND_VIBER,
        LIST_VIBER_LOGS,
        LIST_VIBER_REPORTS,
        SEND_RCS,
        LIST_RCS_LOGS,
        LIST_RCS_REPORTS,
        SEND_KAKAO_ALIM,
        LIST_KAKAO_ALIM_LOGS,
        LIST_KAKAO_ALIM_REPORTS,
        SEND_KAKAO_CHINGU,
        LIST_KAKAO_CHINGU_LOGS,
        LIST_KAKAO_CHINGU_REPORTS,
        CREATE_LIST,
        ADD_TO_LIST,
        REMOVE_FROM_LIST,
        LIST_INBOUND_CONFIGURATIONS,
        PUT_INBOUND_CONFIGURATION,
        DELETE_INBOUND_CONFIGURATION,
        GET_SUBSCRIPTION,
        CREATE_SUBSCRIPTION,
        UPDATE_SUBSCRIPTION,
        GET_SUBSCRIPTION_PROFILE,
        CREATE_SUBSCRIPTION_PROFILE,
        UPDATE_SUBSCRIPTION_PROFILE,
        GET_SUBSCRIPTION_SECURITY,
        CREATE_SUBSCRIPTION_SECURITY,
        UPDATE_SUBSCRIPTION_SECURITY,
    )
}


def published(method: str, path: str) -> Operation | None:
    """The operation that a path is one of, whatever stands in its segments in braces; None where we know none."""
    segments = path.partition("?")[0].split("/")
    for operation in OPERATIONS.values():
        ours = operation.path.split("/")
        if operation.method != method or len(ours) != len(segments):
            continue
        if all(one == other or one.startswith("{") for one, other in zip(ours, segments, strict=True)):
            return operation
    return None
