"""What is wrong with a content, and what Infobip's refusals of one are called."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from schemas.content import CONTENTS
from schemas.records.message import MessageStatus
from streams.calls.faults import ApiFault
from streams.channels.batch_answers import refused


def faults_of(said: Mapping[str, Any], context: str | None = None) -> list[tuple[str, str]]:
    """The place of each fault of a content, and the fault."""
    try:
        CONTENTS[said["channel"]].model_validate(said, context=context)
    except ValidationError as error:
        return [(".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")) for one in error.errors()]
    return []


def called(place: str) -> MessageStatus:
    """What a refusal is called that names this place of a message."""
    return refused(ApiFault("E400", "Request cannot be processed."), [f"messages[0].{place}"]).message_status
