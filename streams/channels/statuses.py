"""What Infobip's message statuses and errors mean, in plain words, and what can be done about them.

Groups, ids and names: https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: The id of a refusal that is none: the message with this id was sent before.
DUPLICATE = 23
_WILL_NOT_ARRIVE = frozenset({2, 4, 5})

GROUPS: Mapping[int, str] = {
    0: "Accepted: Infobip has the message and will try to deliver it.",
    1: "On its way: it is not known yet whether the message arrives; a delivery report will say.",
    2: "Not delivered: the operator, the channel or the phone could not take the message.",
    3: "Delivered.",
    4: "Expired: time ran out before the message was delivered, or before anybody confirmed it.",
    5: "Refused: Infobip did not send the message.",
}

# Group, id and name | what happened, and what to do. An entry goes on in lines that are indented.
_STATUSES = """
1 3 PENDING_WAITING_DELIVERY | On its way: the operator has the message and has not reported yet. Wait for its report.
1 7 PENDING_ENROUTE | On its way: Infobip has passed the message to the operator. Wait for its report.
1 26 PENDING_ACCEPTED | Accepted: Infobip will now try to deliver the message. Wait for the delivery report.
1 200 PENDING_ACCEPTED | Accepted: the person is about to enter the flow.
2 4 UNDELIVERABLE_REJECTED_OPERATOR | Not delivered: the operator refused the message. The error beside this status says
    why; if it does not, ask Infobip's support.
2 9 UNDELIVERABLE_NOT_DELIVERED | Not delivered: the recipient could not be reached. Check that the number or address
    is right and still in use.
2 31 UNDELIVERABLE_NOT_SENT | Not delivered: the message never left Infobip. The error beside this status says why.
2 66 UNDELIVERABLE_NO_DESTINATION | Not delivered: no device matches the recipient. Check that the person has the app,
    with push messages allowed.
2 96 NO_ANSWER | Not delivered: the phone rang and nobody answered. Call again at another time.
2 97 BUSY | Not delivered: the line was busy. Call again later.
2 98 CANCELLED | Not delivered: the call was ended at our side before it got through.
3 2 DELIVERED_TO_OPERATOR | Delivered to the operator, which does not always report whether the phone has it too.
3 5 DELIVERED_TO_HANDSET | Delivered: the message is on the recipient's phone.
4 15 EXPIRED_EXPIRED | Expired: the message could not be delivered within its validity period; the phone was perhaps
    off. Send anew if it still matters, or allow a longer period.
4 29 EXPIRED_DLR_UNKNOWN | Expired: no delivery report came, so it is not known whether the message arrived. Ask
    Infobip's support before you send it again.
4 87 SIGNALS_BLOCKED | Blocked: Infobip's protection against fraud held the message back, and it is charged. If the
    recipient is genuine, have the number trusted in Infobip Signals.
5 6 REJECTED_NETWORK | Refused: your account cannot reach the recipient's network. Have your account manager at
    Infobip set it up.
5 8 REJECTED_PREFIX_MISSING | Refused: the number has an unknown prefix or a wrong length. Give it with its country
    code.
5 10 REJECTED_DND | Refused: the recipient is on a do-not-disturb list. Do not send to this number.
5 11 REJECTED_SOURCE | Refused: the sender is not registered for this destination. Register it in Infobip, or use
    another `sender`.
5 12 REJECTED_NOT_ENOUGH_CREDITS | Refused: your Infobip account has no credit left. Top it up.
5 13 REJECTED_SENDER | Refused: your account blocks this sender. Unblock it in Infobip, or use another `sender`.
5 14 REJECTED_DESTINATION_BLOCKLISTED | Refused: the recipient is on a blocklist, of your account or of the operator.
    Take the number off in Infobip, if that is what the recipient wants.
5 17 REJECTED_PREPAID_PACKAGE_EXPIRED | Refused: the credit of your Infobip account has run past its date. Top it up.
5 18 REJECTED_DESTINATION_NOT_REGISTERED | Refused: a trial account may send only to the numbers verified for it. Verify
    this one, or have the limit lifted.
5 19 REJECTED_ROUTE_NOT_AVAILABLE | Refused: your account has no route to the recipient. Have Infobip set one up.
5 20 REJECTED_FLOODING_FILTER | Refused: this number got too many messages within the hour. Send to it less often, or
    have Infobip raise the limit.
5 21 REJECTED_SYSTEM_ERROR | Refused: something failed inside Infobip. Send again later.
5 23 REJECTED_DUPLICATE_MESSAGE_ID | Already sent: Infobip has a message with this id and did not send it twice.
    Nothing needs to be done.
5 24 REJECTED_INVALID_UDH | Refused: the binary header of the SMS is malformed. Correct it, or send plain text.
5 25 REJECTED_MESSAGE_TOO_LONG | Refused: the text is longer than 25 parts or 4,000 bytes. Shorten it.
5 51 MISSING_TO | Refused: the message had no recipient. Check where the number or address is taken from.
5 52 REJECTED_DESTINATION | Refused: this cannot be a number or address in use. Correct it, with its country code.
5 56 REJECTED_INVALID_NOTIFY_URL | Refused: the address for delivery reports is not a valid URL. Correct it.
5 65 REJECTED_NO_APPLICATION | Refused: Infobip knows no app with this code. Check the app's code.
5 68 REJECTED_PAYLOAD_TOO_BIG | Refused: the push message with all its data is over 4,000 characters. Shorten it.
5 69 REJECTED_NO_CONTENT | Refused: the push message says nothing. Give it a text.
5 70 REJECTED_INVALID_VALIDITY_PERIOD | Refused: the validity period is under 30 seconds. Allow a longer one.
5 71 REJECTED_INVALID_QUERY | Refused: Infobip could not read whom the push message is for. Check its recipients.
5 73 REJECTED_INVALID_INBOX_TOPIC | Refused: there is no such inbox topic. Create it in Infobip, or leave it out.
5 74 REJECTED_INVALID_PRIMARY_BUTTON_ACTION | Refused: the main button needs both a type and a target. Give both.
5 75 REJECTED_FREE_TRIAL_EXCEEDED | Refused: the free trial is used up. Upgrade your Infobip account.
5 77 REJECTED_MESSAGE_TEXT_TOO_LONG | Refused: the text of the MMS is over 1,600 characters. Shorten it.
5 87 SIGNALS_BLOCKED | Blocked: Infobip's protection against fraud stopped the message, and it is not charged. If the
    recipient is genuine, have the number trusted in Infobip Signals.
5 88 REJECTED_DATA_TRANSFORMATION_FAILED | Refused: the email could not be put together. Check the size of its
    placeholders and the form of its headers.
5 89 REJECTED_INTERNAL_ERROR | Refused: something failed inside Infobip. Send again later.
5 90 REJECTED_VALIDATION_FAILED | Refused: something in the email is not valid, such as its sender, template or landing
    page. The error beside this status says what.
5 99 REJECTED | Refused: the recipient declined the call.
5 100 UNDELIVERABLE_REJECTED_PLATFORM | Refused: the message is malformed, or the service was away for a moment. Check
    what is sent; if it is right, send again later.
5 200 REJECTED_INVALID_CONTACT | Refused: the flow does not know this person. Check that the person has the contact
    that the flow looks for.
5 202 REJECTED_VARIABLE_MISSED | Refused: the flow has no variable of such a name. Check its spelling.
5 203 REJECTED_PERSON_ALREADY_IN_FLOW | Refused: the person is in the flow already. Nothing needs to be done.
5 204 REJECTED_PERSON_NOT_ALLOWED_TO_REENTER | Refused: the person has been in the flow, and it lets nobody in twice for
    now. Change the flow's rule for entering again, if that is not meant.
5 205 REJECTED_FLOW_ERROR_UNKNOWN | Refused: the flow failed. Try again later, or ask Infobip's support.
5 206 REJECTED_NOT_ENOUGH_CREDITS | Refused: your Infobip account has no credit left. Top it up.
"""

# Ids, or first-last | what happened, and what to do.
_ERRORS = """
0 | No error was reported.
1 5 1153 15003 15009 | The network does not know this number. Check it: it is wrong, or no longer in use.
2 6 24 27 31 | The phone could not be reached just then: off, busy or without coverage. Send again later.
7 12 | The operator does not accept the recipient's device. Only the two of them can change that.
8 | The recipient is abroad, in a network that the message cannot reach. Send again later.
9 | The operator did not recognise the recipient's SIM card, which is often barred. Do not send again.
10 11 568 629 | The recipient's contract or device takes no SMS. Use another channel.
13 566 569 15018 | The operator has suspended the recipient's service. Do not send again before it is restored.
15 | The number belongs to a closed group, in which this sender is not.
20 21 71 | The phone or its network cannot deal with something in the message. Try a plain text.
32 628 | The phone failed to take the message. Use another channel if it happens again.
33 256 | The recipient has too many messages waiting, or no room for more. Send again later.
34-36 255 631 633 810 | The operator's network failed and did not say why. If it happens often, ask Infobip's support.
51 260 630 1154 1158 | The operator's network was overloaded. Send more slowly.
257-259 261 262 | The recipient's phone cannot deal with SMS as it is set up. Use another channel.
323 4096 | The message was malformed. If it happens again, ask Infobip's support.
345 15016 | No operator was found for this number. Check the number.
351 352 15201 | This is not a number that can be sent to. Correct it, with its country code.
355 | The text is too long for the operator. Shorten it.
368 375 597 15010 15202 | The operator does not accept this sender. Register it in Infobip, or use another `sender`.
433 | Your account may not send this. Ask your account manager at Infobip.
488 | The toll-free number of the sender is not verified. Have it verified in Infobip.
500-504 507-509 1024-1031 1152 1155-1157 1159-1166 1281-1284 1536-1541 1792-1796 | The networks on the way to the phone
    failed to understand one another. Send again later.
541 | You send faster than the operator allows. Send more slowly.
542 4202 | You have sent as much as the operator allows for today. Go on tomorrow.
560 574 | The operator does not let this recipient have messages from this short code. Use another `sender`.
561 632 15013 | The operator refused the message for this recipient. Change its text, or ask Infobip's support.
562-564 | The short code does not work in this operator's network. Have Infobip set it up, or use another `sender`.
565 | The recipient's operator takes no messages from short codes. Use a long number as `sender`.
571 572 594 15020 15021 | The campaign is not registered with the operator, or not active. Register it in Infobip.
573 603 15015 | The recipient has asked for no more messages from this sender. Do not send again without a new consent.
577-580 | The demo number allows no more messages, or none to this recipient. Use a number of your own.
581 | The recipient is out of credit and cannot be sent to. Send again in a day.
592 | Your account does not reach the recipient's network. Have your account manager at Infobip set it up.
598 601 | This sender or recipient does not take messages of that kind. Ask Infobip's support.
604 2052 | The recipient is on a blocklist. Take the number off in Infobip, if that is what the recipient wants.
607 | The operator took the message for spam. Change its text, and send only to people who expect it.
608 | Infobip's protection against fraud stopped the message. If the recipient is genuine, trust the number in Signals.
609 | Infobip's limit for a day is reached. Go on tomorrow, or have it raised.
811 4098 4101 15006 | The phone could not be reached within the validity period. Send anew, or allow a longer period.
815 2048 | The operator did not answer, so the message may or may not arrive. Wait before you send again.
2049 | The recipient's SIM card is on a blocklist. Do not send again.
2050 | The recipient is on the operator's do-not-disturb list. Do not send to this number.
2051 | The text is on a blocklist. Change it, or ask Infobip's support.
2053 | The sender is on a blocklist. Unblock it in Infobip, or use another `sender`.
3041 15017 | The number is out of use. Remove it.
4097 4102 | The message never left Infobip, for want of a connection. If it happens often, ask Infobip's support.
4099 | The spending limit of your account for this month is reached. Have it raised.
4100 | The message was cancelled, or its validity period ended before Infobip could pass it on. Send anew.
4103 4104 | This number got too many messages within the hour. Send less often, or have Infobip raise the limit.
5492 7280 | The recipient has been sent the same message already. Nothing needs to be done.
4106 | India's DLT check refused the message. Compare it with what you have registered there.
4107 4141 | India's DLT check did not come to an end. Send again later.
4108 4121-4123 4125 4146-4148 | The header, which is your sender, is not active on India's DLT platform. Mend it there.
4109 4118-4120 | The telemarketer is not active on India's DLT platform. Ask Infobip's support.
4110 4112-4116 | The principal entity id is wrong or not active on India's DLT platform. Correct it.
4111 4126-4128 4133 4149-4151 | The template id is wrong or not active on India's DLT platform. Correct it.
4117 4154-4158 | The chain of entity and telemarketers is not in force on India's DLT platform. Mend it there.
4124 4130 4134-4136 | Entity, header and template do not belong together on India's DLT platform. Use those that do.
4129 4132 | The text differs from every template on India's DLT platform. Write it exactly as registered.
4131 | A variable of the template is longer than India's DLT platform allows. Shorten it.
4137 4139 4140 | The recipient has not agreed to messages of this category in India. Do not send them without consent.
4138 | India allows promotions only from 10 AM to 9 PM. Send within these hours.
4142 4143 | India needs the ids of principal entity and template with each message. Add them.
4144 | Not all parts of the message reached India's DLT platform. Send again.
4153 | The link in the text is not registered on India's DLT platform. Register it there.
6002 | Infobip took the email for spam. Change its content.
6003 | The recipient has unsubscribed. Do not send again without a new consent.
6006 6012 | There is no such mailbox. Remove the address.
6007 6011 | The mailbox did not take the email for the moment. Send again in a few hours.
6009 6037 | The recipient's domain takes no email. Check the address for a slip; if it is right, remove it.
6010 | The recipient's mailbox is full. Send again later.
6013 | Something failed inside Infobip. Send again later.
6016 | Your domain is paused for a day because too many emails bounced. Remove dead addresses meanwhile.
6017 6049 | The address or domain that you send from is on a blocklist. Ask the list to remove it.
6018 6027 6031 6033 | The email's headers, copies or other settings are not valid. Correct them.
6020 6040 6041 | The template does not exist, is not saved or has expired. Check its id, or save it anew.
6021 6039 | The placeholders or the template language in the email are faulty. Correct them.
6023 | Your domain is blocked for suspicious activity. Ask Infobip's support.
6024 6025 | The tracking of links fails: over 150 of them, or faulty parameters. Correct that, or turn tracking off.
6026 6030 | The landing page is not valid, or a placeholder on it is over 256 characters. Correct it.
6029 6036 6047 6048 6054 | The sender or its domain is not verified, or its DKIM, SPF or DMARC is faulty. Set it up.
6034 | An earlier email to this address bounced, so Infobip sends no more to it. Remove the address.
6035 | The recipient has reported your emails as spam. Do not send again.
6038 | What the template contains has expired. Upload it anew.
6042-6046 | The mailbox provider distrusts the email or its sender. Send expected mail, from a domain of good name.
6050 6051 | The new sender has reached its limit for today. Go on tomorrow.
6052 | The recipient's domain looks misspelt. Check the address.
6053 | The mailbox provider turns this sender away. Ask Infobip's support.
6055 | A single sender may send 100 emails. Register your domain in Infobip.
6056 | Your domain has no IP pool. Assign one in Infobip.
6057 6058 | You send faster than this mailbox provider likes. Send more slowly.
7001 | Infobip does not know this app or sender on the channel. Check its setup.
7002 | The recipient does not use this channel. Use another one.
7003 | The recipient has blocked you. Do not send again.
7004 7005 7281 | The sender may not send this, or not to this recipient. Check that it is approved and launched.
7006 7018 | The channel cannot read the message. Check its form and what it contains.
7007 | The message is not of the kind that the sender is registered for. Use another `sender`.
7008 | The values for the template are missing or wrong. Compare them with its placeholders.
7009 | The template does not exist or is not approved. Check its name and language.
7010 | The recipient has not written of late (on WhatsApp, for 24 hours), so only a template may be sent. Send one.
7011 7019 | Your account with the channel has a problem, such as an open bill. Settle it, or ask Infobip's support.
7012 7080-7082 7084 | The sender is not set up rightly, or Infobip failed. Ask Infobip's support.
7013 7014 | The file could not be fetched or passed on. Check that its address can be opened by anybody.
7015 7022 | The channel does not take this file. Check its type and size.
7016 | The channel limits this sender by its quality rating. Send fewer messages, and only what people expect.
7017 7026 | More was sent than the channel allows. Send more slowly.
7020 7025 7201 | The recipient's app or device cannot show the message. Use a simpler one, or another channel.
7021 | The channel has restricted this sender or recipient. Look into your account there.
7023 7102 | Something in the message does not match what the channel knows. Check the sender and the number.
7024 | Messages of this kind may not be sent at this hour. Send within the allowed hours.
7027 | The channel refused the content. Change it to suit the channel's rules.
7029 | The recipient has a new device or identity. Confirm that it is still the same person.
7030 7033 | The recipient wants none of these marketing messages. Do not send them again.
7031 | The WhatsApp flow is not published, or blocked. Look into it.
7032 | The recipient has got as much marketing on WhatsApp as it allows for now. Send again another day.
7034 7083 | The sender or the service is not activated on this channel. Register it in Infobip.
7035 | The recipient has been asked often enough for permission to call. Wait.
7036 | WhatsApp is still making the new template ready. Send again in ten minutes.
7037 | WhatsApp did not make the template ready, or the business may not use it this way. Ask Infobip's support.
7038 | The WhatsApp account belongs to a partner, not to you. Have it transferred.
7050 7051 | The channel failed or did not answer. Send again later.
7052 | The channel's delivery report could not be read, so it is not known whether the message arrived.
15000 15002 15008 15023 | The MMS could not be passed on. If it happens often, ask Infobip's support.
15004 | The phone has been told of the MMS and has not fetched it yet. Wait.
15005 | The recipient passed the MMS on unread.
15007 15012 15019 | The phone cannot take this MMS. Send an SMS.
15011 | The operator blocks MMS to this recipient. Send an SMS.
15014 15203 | The subject of the MMS is not valid. Correct it.
15022 15026 | The MMS is too large. Make it smaller.
15024 15025 | The file of the MMS could not be fetched. Check that its address can be opened by anybody.
15200 | The MMS is of an unknown type. Ask Infobip's support.
"""


@dataclass(frozen=True, slots=True)
class Status:
    """A status as Infobip numbers and names it, and what it means."""

    id: int
    group_id: int
    name: str
    meaning: str


def _entries(text: str) -> Iterator[tuple[list[str], str]]:
    for entry in re.split(r"\n(?! )", text.strip()):
        head, _, meaning = entry.partition(" | ")
        yield head.split(), " ".join(meaning.split())


def _ids(words: list[str]) -> Iterator[int]:
    for word in words:
        first, _, last = word.partition("-")
        yield from range(int(first), int(last or first) + 1)


_OF_GROUP: Mapping[tuple[int, int], Status] = {
    (int(group), int(number)): Status(int(number), int(group), name, meaning)
    for (group, number, name), meaning in _entries(_STATUSES)
}
#: By id alone: of 87 and 200, which two groups have, the refusal.
STATUSES: Mapping[int, Status] = {status.id: status for status in _OF_GROUP.values()}
#: What the error beside a status says, by its id.
ERRORS: Mapping[int, str] = {number: meaning for words, meaning in _entries(_ERRORS) for number in _ids(words)}


def explain(group_id: int, status_id: int, name: str | None = None) -> str:
    """What became of the message, and what can be done; of an unknown status, its group and the name it came with."""
    status = _OF_GROUP.get((group_id, status_id))
    if status is not None:
        return status.meaning
    meaning = GROUPS.get(group_id, "It is not known what became of the message.")
    return f"{meaning} Infobip's status is {_called(name, status_id)}."


def explain_error(error_id: int, name: str | None = None) -> str:
    """Why a message did not arrive, and what can be done; of an unknown error, the name it came with."""
    return ERRORS.get(error_id) or f"Infobip's reason is {_called(name, error_id)}."


def _called(name: str | None, number: int) -> str:
    return f"{name} ({number})" if name else str(number)


def is_refused(group_id: int) -> bool:
    """Whether the status that answers a send says that the message will not arrive."""
    return group_id in _WILL_NOT_ARRIVE
