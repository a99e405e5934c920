"""Infobip's own Python client, in an environment of its own: every call of it that the simulator has.

    python python_client.py http://127.0.0.1:8080

Prints what the client made of the answers, as JSON.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from infobip_api_client import ApiClient, Configuration
from infobip_api_client.api import EmailApi, SmsApi, ViberApi
from infobip_api_client.exceptions import ApiException
from infobip_api_client.models import EmailRequest, SmsRequest, ViberRequest

NUMBER = "41793026727"
PLATFORM = {"entityId": "entity", "applicationId": "app"}


def sms(url: str) -> dict[str, Any]:
    api = SmsApi(ApiClient(Configuration(host=url, api_key="demo-key")))
    everything = {
        "sender": "Acme",
        "destinations": [{"to": NUMBER, "messageId": "sms-1"}, {"to": "41793026728"}],
        "content": {"text": "Çay", "transliteration": "TURKISH", "language": {"languageCode": "TR"}},
        "options": {
            "platform": PLATFORM,
            "validityPeriod": {"amount": 12, "timeUnit": "HOURS"},
            "deliveryTimeWindow": {
                "days": ["MONDAY"],
                "from": {"hour": 6, "minute": 0},
                "to": {"hour": 15, "minute": 30},
            },
            "campaignReferenceId": "summer",
            "regional": {"indiaDlt": {"principalEntityId": "1", "contentTemplateId": "2"}},
            "flash": True,
        },
        "webhooks": {"delivery": {"url": "https://example.com/r"}, "callbackData": "back"},
    }
    binary = {"destinations": [{"to": NUMBER}], "content": {"hex": "00 01", "dataCoding": 0, "esmClass": 0}}
    options = {
        "schedule": {"bulkId": "sms-bulk"},
        "tracking": {"shortenUrl": True, "trackClicks": True},
        "includeSmsCountInResponse": True,
    }
    sent = api.send_sms_messages(
        sms_request=SmsRequest.from_dict({"messages": [everything, binary], "options": options})
    )
    many = {"messages": [{"destinations": [{"to": NUMBER}], "content": {"text": "Hi"}} for _ in range(51)]}
    bulk = api.send_sms_messages(sms_request=SmsRequest.from_dict(many))
    later = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    scheduled = {
        "messages": [{"destinations": [{"to": NUMBER, "messageId": "sms-later"}], "content": {"text": "Hi"}}],
        "options": {"schedule": {"sendAt": later}},
    }
    api.send_sms_messages(sms_request=SmsRequest.from_dict(scheduled))
    now = datetime.now(UTC)
    found = {
        "by id": api.get_outbound_sms_message_logs(message_id=["sms-1", "sms-later"]),
        "by bulk": api.get_outbound_sms_message_logs(bulk_id=["sms-bulk"]),
        "by status": api.get_outbound_sms_message_logs(general_status="PENDING", limit=1000),
        "by network": api.get_outbound_sms_message_logs(mcc="228", mnc="01", message_id=["sms-1"]),
        "by platform": api.get_outbound_sms_message_logs(entity_id="entity", application_id="app"),
        "by campaign": api.get_outbound_sms_message_logs(campaign_reference_id=["summer"]),
        "since an hour": api.get_outbound_sms_message_logs(sent_since=now - timedelta(hours=1), limit=1000),
        "until an hour ago": api.get_outbound_sms_message_logs(sent_until=now - timedelta(hours=1)),
    }
    (row,) = found["by campaign"].results[-1:]
    return {
        "sent": [(one.destination, one.status.name, one.details.message_count) for one in sent.messages[:2]],
        "bulk": [sent.bulk_id, len(bulk.messages)],
        "found": {name: len(answer.results) for name, answer in found.items()},
        "row": [row.content.to_dict(), row.platform.entity_id, row.mcc_mnc, row.sent_at.utcoffset() == timedelta(0)],
        "pages": pages(api),
        "refused": {key: refused(url, key) for key in ("demo-key", "another-key")},
    }


def pages(api: SmsApi) -> list[int]:
    sizes, cursor = [], None
    while True:
        answer = api.get_outbound_sms_message_logs(use_cursor=True, cursor=cursor, limit=25)
        sizes.append(len(answer.results))
        cursor = answer.cursor.next_cursor
        if cursor is None:
            return sizes


def refused(url: str, key: str) -> list[Any]:
    """What the client makes of a refusal."""
    api = SmsApi(ApiClient(Configuration(host=url, api_key=key)))
    empty = {"messages": [{"destinations": [{"to": NUMBER}], "content": {"text": ""}}]}
    try:
        api.send_sms_messages(sms_request=SmsRequest.from_dict(empty))
    except ApiException as error:
        return [error.status, error.data.error_code, [one.var_property for one in error.data.violations]]
    return []


def viber(url: str) -> dict[str, Any]:
    api = ViberApi(ApiClient(Configuration(host=url, api_key="demo-key")))
    failover = {"smsFailover": {"sender": "Acme", "text": "Hi"}, "platform": PLATFORM}
    button = {"title": "Go", "action": "https://example.com"}
    contents: list[dict[str, Any]] = [
        {"type": "TEXT", "text": "Hi"},
        {"type": "TEXT", "text": "Hi", "button": button},
        {"type": "IMAGE", "mediaUrl": "https://example.com/a.jpg"},
    ]
    messages = [
        {"sender": "Acme", "destinations": [{"to": NUMBER}], "content": content, "options": failover}
        for content in contents
    ]
    sent = api.send_viber_messages(viber_request=ViberRequest.from_dict({"messages": messages}))
    logs = api.get_outbound_viber_message_logs(bulk_id=[sent.bulk_id], use_cursor=True)
    return {
        "sent": [one.status.name for one in sent.messages],
        "logs": sorted(one.content.type for one in logs.results),
    }


def email(url: str) -> dict[str, Any]:
    api = EmailApi(ApiClient(Configuration(host=url, api_key="demo-key")))
    message = {
        "sender": "Acme <us@example.com>",
        "destinations": [{"to": [{"destination": "ann@example.com", "messageId": "email-1"}]}],
        "content": {"subject": "News", "text": "Hello", "html": "<b>Hello</b>"},
        "options": {"platform": PLATFORM},
    }
    sent = api.send_email(email_request=EmailRequest.from_dict({"messages": [message]}))
    logs = api.get_email_logs(message_id=["email-1"], sent_since=datetime.now(UTC) - timedelta(hours=1))
    return {
        "sent": [one.message_id for one in sent.messages],
        "logs": [(one.destination, one.text) for one in logs.results],
    }


if __name__ == "__main__":
    address = sys.argv[1]
    print(json.dumps({"sms": sms(address), "viber": viber(address), "email": email(address)}))
