"""What comes back of messages, as Infobip's own Python client reads it: what is posted, and what is pulled.

    python python_feedback.py http://127.0.0.1:8080

Prints what the client made of it, as JSON.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

from infobip_api_client import ApiClient, Configuration
from infobip_api_client.api import EmailApi, MessagesApi, SmsApi, ViberApi
from infobip_api_client.models import (
    EmailRequest,
    EmailWebhookDLRReportResponse,
    EmailWebhookTrackResponse,
    MessagesApiIncomingMessage,
    SmsDeliveryResult,
    SmsInboundMessageResult,
    SmsRequest,
    ViberRequest,
    ViberSeenReports,
    ViberWebhookInboundReportResponse,
    ViberWebhookReportsResponse,
)

ANN, OURS = "447700900005", "447860099299"
PATIENCE_SECONDS = 30
POSTED: Queue[tuple[str, str]] = Queue()


class Receiver(BaseHTTPRequestHandler):
    """Takes whatever is posted to it."""

    def do_POST(self) -> None:
        POSTED.put((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def receive(count: int) -> dict[str, str]:
    """Return so many posts, by their paths."""
    return dict(POSTED.get(timeout=PATIENCE_SECONDS) for _ in range(count))


def said(url: str, path: str, body: Any) -> None:
    request = Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    request.add_header("Authorization", "App demo-key")
    with urlopen(request) as answer:  # noqa: S310
        answer.read()


def webhooks(hook: str) -> dict[str, Any]:
    return {"delivery": {"url": f"{hook}/d"}, "callbackData": "back"}


def sms(client: ApiClient, url: str, hook: str) -> dict[str, Any]:
    api = SmsApi(client)
    message = {"sender": OURS, "destinations": [{"to": ANN, "messageId": "s1"}], "content": {"text": "Hi"}}
    pushed = {"messages": [{**message, "webhooks": webhooks(hook)}]}
    api.send_sms_messages(sms_request=SmsRequest.from_dict(pushed))
    (report,) = SmsDeliveryResult.from_json(receive(1)["/d"]).results
    pulled = {"messages": [{**message, "destinations": [{"to": "447700900001", "messageId": "s2"}]}]}
    api.send_sms_messages(sms_request=SmsRequest.from_dict(pulled))
    (row,) = api.get_outbound_sms_message_delivery_reports(message_id="s2").results
    written = {"channel": "sms", "from": ANN, "to": OURS, "text": "Hello"}
    said(url, "/simulator/inbound", written)
    inbox = api.get_inbound_sms_messages(limit=5)
    forwarding = {"type": "HTTP_FORWARD", "url": f"{hook}/i"}
    configurations = "/resource-management/1/inbound-message-configurations"
    said(url, configurations, {"channel": "SMS", "number": OURS, "keyword": "ORDER", "forwarding": forwarding})
    said(url, "/simulator/inbound", {**written, "text": "order five"})
    (order,) = SmsInboundMessageResult.from_json(receive(1)["/i"]).results
    shared = {**forwarding, "format": "MO_MESSAGES_API_JSON"}
    said(url, configurations, {"channel": "SMS", "number": OURS, "keyword": "ORDER", "forwarding": shared})
    said(url, "/simulator/inbound", {**written, "text": "order six"})
    (event,) = MessagesApiIncomingMessage.from_json(receive(1)["/i"]).results
    said(url, "/simulator/inbound", written)
    (other,) = MessagesApi(client).get_messages_api_inbound_messages(channel="SMS").results
    return {
        "pushed": [report.message_id, report.status.group_name, report.error.id, report.callback_data, report.to],
        "pulled": [row.message_id, row.status.group_name, row.error.permanent, row.sent_at.tzinfo is not None],
        "inbox": [(one.var_from, one.text, one.keyword) for one in inbox.results],
        "order": [order.clean_text, order.keyword],
        "shared": [event.sender, event.content[0].clean_text, other.content[0].text],
    }


def viber(client: ApiClient, url: str, hook: str) -> dict[str, Any]:
    api = ViberApi(client)
    hooks = {**webhooks(hook), "seen": {"url": f"{hook}/s"}}
    message = {"sender": "Shop", "content": {"type": "TEXT", "text": "Hi"}}
    pushed = {**message, "destinations": [{"to": ANN, "messageId": "v1"}], "webhooks": hooks}
    api.send_viber_messages(viber_request=ViberRequest.from_dict({"messages": [pushed]}))
    posts = receive(2)
    (report,) = ViberWebhookReportsResponse.from_json(posts["/d"]).results
    (seen,) = ViberSeenReports.from_json(posts["/s"]).results
    pulled = {**message, "destinations": [{"to": "447700900003", "messageId": "v2"}]}
    api.send_viber_messages(viber_request=ViberRequest.from_dict({"messages": [pulled]}))
    (row,) = api.get_outbound_viber_message_delivery_reports().results
    forwarding = {"type": "HTTP_FORWARD", "url": f"{hook}/i"}
    configuration = {"channel": "VIBER_BM", "resource": "Shop", "forwarding": forwarding}
    said(url, "/resource-management/1/inbound-message-configurations", configuration)
    said(url, "/simulator/acts", {"message_id": "v1", "act": "reply", "text": "Yes"})
    (reply,) = ViberWebhookInboundReportResponse.from_json(receive(1)["/i"]).results
    return {
        "pushed": [report.message_id, report.status.id],
        "seen": [seen.message_id, seen.to],
        "pulled": [row.message_id, row.status.group_name],
        "reply": [reply.sender, reply.message.text, reply.paired_message_id],
    }


def email(client: ApiClient, hook: str) -> dict[str, Any]:
    message = {
        "sender": "Shop <us@example.com>",
        "destinations": [{"to": [{"destination": "ann006@example.com", "messageId": "e1"}]}],
        "content": {"subject": "News", "html": '<a href="https://example.com/a">A</a>'},
        "webhooks": webhooks(hook),
    }
    request = {"messages": [message], "options": {"tracking": {"trackOpens": False, "trackingUrl": f"{hook}/t"}}}
    EmailApi(client).send_email(email_request=EmailRequest.from_dict(request))
    posts = receive(2)
    (report,) = EmailWebhookDLRReportResponse.from_json(posts["/d"]).results
    # Its model has a number for the id of a message, which is a text in the published examples.
    click = EmailWebhookTrackResponse.from_json(json.dumps({**json.loads(posts["/t"]), "messageId": 1}))
    return {
        "pushed": [report.message_id, report.status.name, report.to],
        "click": [click.notification_type, click.url, click.recipient, click.callback_data],
    }


def main(url: str) -> None:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{server.server_port}"
    client = ApiClient(Configuration(host=url, api_key="demo-key"))
    print(json.dumps({"sms": sms(client, url, hook), "viber": viber(client, url, hook), "email": email(client, hook)}))


if __name__ == "__main__":
    main(sys.argv[1])
