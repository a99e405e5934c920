"""What people write, in the forms that Infobip forwards it in and has it pulled in."""

from collections.abc import Callable, Mapping, Sequence

import orjson

from streams.simulator.feedback.bodies import PRICE, Body, there
from streams.simulator.feedback.reports import Inbound
from streams.simulator.feedback.shared_content import shared_content
from streams.simulator.feedback.times import wire_time
from streams.simulator.messages.shelf import parts_of

MESSAGES_API = "MO_MESSAGES_API_JSON"
#: The form that each channel's messages are forwarded in where none is named, as published for configurations.
DEFAULT_FORMATS: Mapping[str, str] = {
    "sms": "MO_JSON_2",
    "mms": "MO_MMS_2",
    "whatsapp": "MO_OTT_CONTACT",
    "rcs": "MO_RCS_JSON",
    "viber": "MO_OTT_MSISDN",
}
#: How configurations and the Messages API call the channels that people write on.
WIRE_CHANNELS: Mapping[str, str] = {
    "sms": "SMS",
    "mms": "MMS",
    "whatsapp": "WHATSAPP",
    "rcs": "RCS",
    "viber": "VIBER_BM",
}


def inbound_body(inbound: Inbound) -> Body:
    """Return a message as it is forwarded; a format that is not known is taken for the channel's own."""
    if inbound.format == MESSAGES_API:
        return of_messages_api(inbound)
    return _OWN[inbound.channel](inbound)


def envelope(results: Sequence[Body], pending: int = 0) -> Body:
    """Return what messages are forwarded and pulled in."""
    return {"results": list(results), "messageCount": len(results), "pendingMessageCount": pending}


def of_sms(inbound: Inbound) -> Body:
    """Return an SMS, as it is forwarded and pulled."""
    return there(
        messageId=inbound.message_id,
        **{"from": inbound.sender},
        to=inbound.to,
        text=inbound.text,
        cleanText=inbound.clean_text,
        keyword=inbound.keyword,
        receivedAt=wire_time(inbound.received_at),
        smsCount=parts_of("sms", {"text": inbound.text}),
        price=PRICE,
        callbackData=inbound.callback_data,
        **(inbound.platform or {}),
    )


def _of_mms(inbound: Inbound) -> Body:
    return there(
        **{"from": inbound.sender},
        to=inbound.to,
        receivedAt=wire_time(inbound.received_at),
        messageId=inbound.message_id,
        pairedMessageId=inbound.paired,
        callbackData=inbound.callback_data,
        userAgent="simulator",
        message=_segments(inbound),
        price=PRICE,
        **(inbound.platform or {}),
    )


def _segments(inbound: Inbound) -> list[Body]:
    if inbound.content is not None:
        return list(inbound.content)
    return [{"contentType": "text/plain", "value": inbound.text}]


def of_mms_pulled(inbound: Inbound) -> Body:
    """Return an MMS as it is pulled, its parts as JSON in a text."""
    parts = [
        there(origin="text" if "value" in each else "attachment", contentId=f"content{number}", **each)
        for number, each in enumerate(_segments(inbound))
    ]
    said = {"mms_parts": parts, "userAgent": "simulator", "priority": None, "subject": None}
    return there(
        messageId=inbound.message_id,
        to=inbound.to,
        **{"from": inbound.sender},
        message=orjson.dumps(said).decode(),
        receivedAt=wire_time(inbound.received_at),
        mmsCount=1,
        callbackData=inbound.callback_data,
        price=PRICE,
        **(inbound.platform or {}),
    )


def _content(inbound: Inbound) -> Body:
    return {"type": "TEXT", "text": inbound.text} if inbound.content is None else dict(inbound.content)


def _chat(inbound: Inbound, integration: str) -> Body:
    """Return what the messages of all chat channels tell, but for who wrote."""
    return there(
        to=inbound.to,
        integrationType=integration,
        receivedAt=wire_time(inbound.received_at),
        keyword=inbound.keyword,
        messageId=inbound.message_id,
        pairedMessageId=inbound.paired,
        callbackData=inbound.callback_data,
        message=_content(inbound),
    )


def _of_whatsapp(inbound: Inbound) -> Body:
    contact = there(name=inbound.contact_name, phoneNumber=inbound.sender)
    told = {"from": inbound.sender, **_chat(inbound, "WHATSAPP"), "price": PRICE, "contact": contact}
    return told | dict(inbound.platform or {})


def _of_viber(inbound: Inbound) -> Body:
    return {"sender": inbound.sender, **_chat(inbound, "VIBER"), "price": PRICE, **(inbound.platform or {})}


def _of_rcs(inbound: Inbound) -> Body:
    return {
        "sender": inbound.sender,
        **_chat(inbound, "RCS"),
        "interactionType": "BASIC_MESSAGE",
        "rcsCount": 1,
        "price": {"trafficType": "BASIC", **PRICE},
        "conversation": {"canInitiate": False},
        "platform": inbound.platform or {},
    }


def of_messages_api(inbound: Inbound) -> Body:
    """Return a message in the form that all channels share."""
    return there(
        channel=WIRE_CHANNELS[inbound.channel],
        sender=inbound.sender,
        destination=inbound.to,
        content=shared_content(inbound),
        receivedAt=wire_time(inbound.received_at),
        messageId=inbound.message_id,
        pairedMessageId=inbound.paired,
        callbackData=inbound.callback_data,
        messageCount=1,
        platform=inbound.platform or None,
        event="MO",
    )


_OWN: Mapping[str, Callable[[Inbound], Body]] = {
    "sms": of_sms,
    "mms": _of_mms,
    "whatsapp": _of_whatsapp,
    "rcs": _of_rcs,
    "viber": _of_viber,
}
