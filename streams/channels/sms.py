"""SMS: `POST /sms/3/messages`."""

from collections.abc import Sequence
from typing import Any

from schemas.content.sms import SmsContent
from schemas.operations import LIST_SMS_LOGS, LIST_SMS_REPORTS, SEND_SMS
from streams.channels.channel import Channel, InvalidMessage
from streams.channels.sms_parts import Parts, count, counts
from streams.channels.unified import timing, unified

KOREA = "82"
#: What stands in the content of the request; the rest are options.
SAID = {"text", "transliteration", "language"}


def content(said: SmsContent) -> dict[str, Any]:
    """The content as Infobip takes it."""
    return said.model_dump(by_alias=True, exclude_none=True, include=SAID)


def options(said: SmsContent) -> dict[str, Any]:
    """The options of one message."""
    chosen = timing(said)
    regional: dict[str, Any] = {}
    if said.india_dlt is not None:
        regional["indiaDlt"] = said.india_dlt.wire()
    if said.reseller_code is not None:
        regional["southKorea"] = {"resellerCode": said.reseller_code}
    if regional:
        chosen["regional"] = regional
    if said.flash is not None:
        chosen["flash"] = said.flash
    return chosen


def parts(said: SmsContent) -> Parts:
    """How many parts the text takes, in which encoding."""
    language = said.language
    if language is None and said.transliteration is None:
        return count(said.text)
    transliterated = said.transliteration not in (None, "NONE")
    if language is None:
        return count(said.text, transliterated=transliterated)
    return count(
        said.text,
        language=language.language_code,
        single_shift=language.single_shift,
        locking_shift=language.locking_shift,
        transliterated=transliterated,
    )


def parts_of_texts(said: SmsContent, texts: Sequence[str]) -> Sequence[Parts]:
    """The same of contents that differ in their texts alone."""
    if said.language is None and said.transliteration is None:
        return counts(texts)
    return [parts(said.model_copy(update={"text": text})) for text in texts]


def check(said: SmsContent, to: str, counted: Parts | None) -> InvalidMessage | None:
    """Too many parts, or a number of South Korea without the code it needs."""
    if counted is not None and counted.parts > said.max_parts:
        detail = f"content.text: takes {counted.parts} parts ({counted.encoding}), more than {said.max_parts}"
        return InvalidMessage("Error: Invalid text length", detail)
    if said.reseller_code is None and to.startswith(KOREA):
        return InvalidMessage(
            "Error: Missing reseller code in request", "content.reseller_code: numbers of South Korea need it"
        )
    return None


CHANNEL = Channel(
    name="sms",
    operation=SEND_SMS,
    body=unified("sms", content, options, {"includeSmsCountInResponse": True}),
    logs=LIST_SMS_LOGS,
    reports=LIST_SMS_REPORTS,
    parts=parts,
    check=check,
    parts_of_texts=parts_of_texts,
)
