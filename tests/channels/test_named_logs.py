"""The logs of every channel take the names of requests, and page, as Infobip publishes it."""

from typing import Any

import pytest

from streams.channels import CHANNELS
from streams.channels.channel import Channel
from streams.pipeline.look_back import NAMES_CHARACTERS_MAX, PAGE_MAX, ask_by_names
from tests.channels.published import published
from tests.fakes.infobip import Infobip
from tests.schemas.test_paging import resolved

LOGGED = [channel for channel in CHANNELS.values() if channel.logs is not None]


@pytest.mark.parametrize("channel", LOGGED, ids=lambda channel: channel.name)
def test_questions_by_names_ask_for_what_is_published_and_for_no_more_than_that(channel: Channel) -> None:
    assert channel.logs is not None
    document = published(channel.name)
    operation = document["paths"][channel.logs.path]["get"]
    given = {one["name"]: one for one in (resolved(document, one) for one in operation["parameters"])}
    infobip = Infobip(steps=[])
    infobip.hold(ask_by_names(channel.logs, ["3f9a1c2b7d4e-1"], 1))
    (question,) = infobip.calls
    assert question.query.keys() | {"cursor"} <= given.keys()
    assert given["limit"]["schema"]["maximum"] == PAGE_MAX
    assert f"Maximum length {NAMES_CHARACTERS_MAX} characters" in given["bulkId"]["description"]
    answer = resolved(document, operation["responses"]["200"]["content"]["application/json"]["schema"])
    cursor: Any = resolved(document, answer["properties"]["cursor"])
    assert "nextCursor" in cursor["properties"]
    rows = resolved(document, resolved(document, answer["properties"]["results"])["items"])
    assert {"messageId", "bulkId", "status"} <= rows["properties"].keys()
