"""Contents that are wrong in form, channel by channel."""

from typing import Any

import pytest

from tests.simulator.messaging import At, message, request, template
from tests.simulator.refusals import BLANK, EMPTY, NULL, UNKNOWN, Wrong, first, violations

IMAGE = {"url": "https://example.com/i.jpg"}
MEDIA = "https://example.com/i.jpg"
BREAKS = "cannot have new-line/tab characters or more than 4 consecutive spaces"

CHANNELS: list[Wrong] = [
    first(At.MMS, {"messageSegments": []}, "content.messageSegments", EMPTY),
    first(At.MMS, {"messageSegments": [{"text": "Hi"}]}, "content.messageSegments[0].type", NULL),
    first(
        At.MMS,
        {"messageSegments": [{"type": "TEXT", "text": "a" * 4097}]},
        "content.messageSegments[0].text",
        "size must be between 1 and 4096",
    ),
    first(At.MMS, {"messageSegments": [{"type": "LINK"}]}, "content.messageSegments[0].contentUrl", NULL),
    (
        At.MMS,
        request({"destinations": [{"group": []}], "content": {"messageSegments": [{"type": "TEXT", "text": "Hi"}]}}),
        "messages[0].destinations[0].group",
        "size must be between 1 and 200",
    ),
    first(At.VIBER, {"type": "STICKER"}, "content.type", "must be one of TEXT, IMAGE"),
    first(At.VIBER, {"text": "Hi"}, "content.type", NULL),
    first(At.VIBER, {"type": 7, "text": "Hi"}, "content.type", "must be one of TEXT, IMAGE"),
    (At.VIBER, request({**message({}), "content": "Hi"}), "messages[0].content", "must be an object"),
    (
        At.MMS,
        request({**message({"messageSegments": [{"type": "TEXT", "text": "Hi"}]}), "destinations": ["1"]}),
        "messages[0].destinations[0]",
        "must be an object",
    ),
    first(At.VIBER, {"type": "TEXT", "text": "a" * 1001}, "content.text", "size must be between 1 and 1000"),
    first(At.VIBER, {"type": "IMAGE", "mediaUrl": "ftp://x"}, "content.mediaUrl", "is not a valid url"),
    first(
        At.VIBER, {"type": "IMAGE", "mediaUrl": MEDIA, "button": {"title": "Go", "action": MEDIA}}, "content.text", NULL
    ),
    first(At.VIBER, {"type": "FILE", "fileName": "a.exe", "mediaUrl": MEDIA}, "content.fileName", "must match"),
    first(
        At.VIBER,
        {"type": "LIST", "text": "Which?", "options": ["One"]},
        "content.options",
        "size must be between 2 and 5",
    ),
    first(
        At.VIBER,
        {
            "type": "CAROUSEL",
            "text": "GroupProbe",
            "cards": [
                {"text": "One", "mediaUrl": MEDIA, "buttons": [{"title": "A long title", "action": MEDIA}]},
                {"text": "Two", "mediaUrl": MEDIA},
            ],
        },
        "content.cards[0].buttons[0].title",
        "size must be between 1 and 10",
    ),
    (
        At.VIBER,
        request({"destinations": [{"to": "41793026727"}], "content": {"type": "TEXT", "text": "Hi"}}),
        "messages[0].sender",
        NULL,
    ),
    first(At.VIBER, {"type": "TEXT", "text": "Hi"}, "options.label", "must be one of", options={"label": "SPAM"}),
    first(At.RCS, {"type": "TEXT", "text": "a" * 3073}, "content.text", "size must be between 1 and 3072"),
    first(
        At.RCS,
        {"type": "TEXT", "text": "Hi", "suggestions": [{"type": "DIAL_PHONE", "text": "Call", "postbackData": "c"}]},
        "content.suggestions[0].phoneNumber",
        NULL,
    ),
    first(
        At.RCS,
        {"type": "CAROUSEL", "cardWidth": "SMALL", "contents": [{"title": "One"}]},
        "content.contents",
        "size must be between 2 and 10",
    ),
    first(
        At.RCS,
        {"type": "TEXT", "text": "Hi"},
        "options.mmsFailover",
        "must not be given together with smsFailover",
        options={
            "smsFailover": {"text": "Hi"},
            "mmsFailover": {"content": {"messageSegments": [{"type": "TEXT", "text": "Hi"}]}},
        },
    ),
    (
        At.RCS,
        request(message({"type": "TEXT", "text": "Hi"}), messageOrdering={}),
        "messages",
        "size must be between 2 and 10",
    ),
    (
        At.RCS,
        request(
            message({"type": "TEXT", "text": "Hi"}), message({"type": "TEXT", "text": "Hi"}, "1"), messageOrdering={}
        ),
        "messages[1]",
        "must have the sender, destinations, options and webhooks of the first message",
    ),
    first(At.ALIM, {"text": "Hi"}, "content.templateCode", NULL),
    first(
        At.ALIM,
        {"templateCode": "c", "text": "Hi", "buttons": [{"type": "APP_LINK", "name": "Go", "schemeIos": "x"}]},
        "content.buttons[0]",
        "must have two of schemeAndroid, schemeIos, urlMobile",
    ),
    (
        At.ALIM,
        request(message({"templateCode": "c", "text": "Hi"}), tracking={"shortenUrl": True}),
        "options.tracking",
        UNKNOWN,
    ),
    *[
        first(At.CHINGU, {"type": former, "text": "Hi"}, "content.type", "must be one of TEXT_FREE_FORM")
        for former in ("TEXT", "IMAGE", "IMAGE_WIDE", "ITEM_LIST")
    ],
    first(
        At.CHINGU,
        {
            "type": "IMAGE_FREE_FORM",
            "text": "Hi",
            "image": IMAGE,
            "buttons": [{"type": "ADD_CHANNEL"}] * 5,
            "coupon": {"title": {"type": "SHIPPING_DISCOUNT_COUPON"}, "description": "Now", "urlMobile": MEDIA},
        },
        "content.buttons",
        "size must be between 0 and 4",
    ),
    first(
        At.CHINGU,
        {
            "type": "ITEM_LIST_FREE_FORM",
            "header": "Best",
            "itemList": [{"title": "a" * length, "url": MEDIA, "urlMobile": MEDIA} for length in (25, 30, 31)],
        },
        "content.itemList[2].title",
        "size must be between 1 and 30",
    ),
    first(
        At.CHINGU,
        {"type": "TEXT_VARIABLE", "templateCode": "c", "messageData": {"name": 7}},
        "content.messageData.name",
        "must be a string",
    ),
]
WHATSAPP: list[Wrong] = [
    (At.WHATSAPP_TEXT, {"from": "44", "to": "4179", "content": {"text": "a" * 4097}}, "content.text", "size must be"),
    (At.WHATSAPP_TEXT, {"to": "4179", "content": {"text": "Hi"}}, "from", NULL),
    (
        At.WHATSAPP_TEXT,
        {"from": "4" * 25, "to": "4179", "content": {"text": "Hi"}},
        "from",
        "size must be between 1 and 24",
    ),
    (
        At.WHATSAPP_TEXT,
        {"from": "44", "to": "4179", "content": {"text": "No link", "previewUrl": True}},
        "content.text",
        "must contain a url",
    ),
    (At.WHATSAPP_TEMPLATE, {"messages": []}, "messages", EMPTY),
    *[
        (
            At.WHATSAPP_TEMPLATE,
            {"messages": [template("Ann", bad)]},
            "content.templateData.body.placeholders[1]",
            BREAKS,
        )
        for bad in ("a\nb", "a\tb", "a     b")
    ],
    (At.WHATSAPP_TEMPLATE, {"messages": [template("")]}, "content.templateData.body.placeholders[0]", BLANK),
    (
        At.WHATSAPP_TEMPLATE,
        {"messages": [template(), template(notifyUrl="x" * 2049)]},
        "notifyUrl",
        "size must be between 0 and 2048",
    ),
    (
        At.WHATSAPP_TEMPLATE,
        {"messages": [template(buttons=[{"type": "COPY_CODE", "parameter": "x" * 16}])]},
        "content.templateData.buttons[0].parameter",
        "size must be between 1 and 15",
    ),
    (
        At.WHATSAPP_TEMPLATE,
        {"messages": [template(buttons=[{"type": "CATALOG"}, {"type": "URL", "parameter": "x"}])]},
        "content.templateData.buttons",
        "CATALOG, MULTI_PRODUCT, ORDER_DETAILS must be the only button",
    ),
]


@pytest.mark.parametrize(("path", "body", "where", "violation"), [*CHANNELS, *WHATSAPP])
def test_a_wrong_content_is_refused_with_the_property(path: str, body: Any, where: str, violation: str) -> None:
    told = violations(path, body)
    assert list(told) == [where]
    assert any(each.startswith(violation) for each in told[where])
