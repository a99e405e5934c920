"""MMS: `POST /mms/2/messages`, and the files that are uploaded before: `POST /mms/1/content`."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from schemas.content.mms import FileSegment, MmsContent, Segment, UploadedSegment
from schemas.operations import LIST_MMS_LOGS, LIST_MMS_REPORTS, SEND_MMS, UPLOAD_MMS
from streams.calls.call import Call
from streams.channels.channel import Channel, InvalidMessage
from streams.channels.sms import KOREA
from streams.channels.sms_parts import Parts
from streams.channels.unified import unified
from streams.errors import JobFailed

#: Infobip's own default, 48 days: a job that runs for longer uploads its files again before. mms.json,
#: X-Validity-Period-Minutes of `POST /mms/1/content`.
UPLOAD_MINUTES = 69_120
SAID = {"title", "segments"}
OPTIONS = {"validity_period", "delivery_time_window", "sms_failover"}


def files(said: MmsContent) -> Mapping[str, str]:
    """The files that a content names, with their media types."""
    return {segment.file: segment.content_type for segment in said.segments if isinstance(segment, FileSegment)}


def upload_call(job: str, media_type: str, file: bytes) -> Call:
    """The call that gives Infobip a file which messages refer to; the same file of a job has the same id there."""
    headers = {
        "Content-Type": "application/octet-stream",
        "X-Content-Id": f"{job}-{sha256(file).hexdigest()[:32]}",
        "X-Media-Type": media_type,
        "X-Validity-Period-Minutes": str(UPLOAD_MINUTES),
    }
    return Call(UPLOAD_MMS, file=file, headers=headers)


def uploaded(said: MmsContent, ids: Mapping[str, str]) -> MmsContent:
    """The content that refers to what was uploaded; `ids` are what Infobip answered, by path."""

    def referring(segment: Segment) -> Segment:
        if not isinstance(segment, FileSegment):
            return segment
        reference = ids[segment.file]
        return UploadedSegment(type="UPLOADED_REFERENCE", content_id=segment.content_id, uploaded_content_id=reference)

    return said.model_copy(update={"segments": tuple(map(referring, said.segments))})


def content(said: MmsContent) -> dict[str, Any]:
    """The content as Infobip takes it.

    Raises:
        JobFailed: a file was not uploaded.

    """
    if missing := files(said):
        raise JobFailed(f"not uploaded: {', '.join(missing)}")
    return said.model_dump(by_alias=True, exclude_none=True, include=SAID)


def options(said: MmsContent) -> dict[str, Any]:
    """The options of one message."""
    chosen = said.model_dump(by_alias=True, exclude_none=True, include=OPTIONS)
    if said.reseller_code is not None:
        chosen["regional"] = {"southKorea": {"resellerCode": said.reseller_code}}
    return chosen


def check(said: MmsContent, to: str, _: Parts | None) -> InvalidMessage | None:
    """A number of South Korea without the code it needs."""
    if said.reseller_code is None and to.startswith(KOREA):
        return InvalidMessage(
            "Error: Missing reseller code in request", "content.reseller_code: numbers of South Korea need it"
        )
    return None


CHANNEL = Channel(
    name="mms",
    operation=SEND_MMS,
    body=unified("mms", content, options),
    logs=LIST_MMS_LOGS,
    reports=LIST_MMS_REPORTS,
    beside=(UPLOAD_MMS,),
    check=check,
)
