"""Log lines as JSON: the word is the event, and what stands behind it are fields."""

import json
import logging
from typing import Any

import pytest

from streams.cli import json_lines, logs
from streams.cli.json_lines import RESERVED, JsonLines, taken_apart
from streams.cli.logs import levels_of
from streams.errors import ConfigurationError
from tests.docs.test_log_words import said

FORM = JsonLines("streams")


def written(name: str, template: str, *arguments: object, **more: Any) -> dict[str, Any]:
    record = logging.LogRecord(name, logging.WARNING, "", 0, template, arguments, more.get("exc_info"))
    record.created = 1_790_000_000.25
    line = FORM.format(record)
    assert "\n" not in line
    return dict(json.loads(line))


def test_a_line_is_one_object_with_its_word_its_fields_and_the_whole_of_it() -> None:
    said = written(
        "streams.infobip",
        "infobip_%s authorization=%s after_seconds=%.1f detail=%r",
        "waiting",
        "main",
        12.345,
        "send_sms: it did not answer",
    )
    assert said == {
        "time": "2026-09-21T14:13:20.250Z",
        "level": "WARNING",
        "logger": "streams.infobip",
        "event": "infobip_waiting",
        "authorization": "main",
        "after_seconds": 12.3,
        "detail": "send_sms: it did not answer",
        "message": "infobip_waiting authorization=main after_seconds=12.3 detail='send_sms: it did not answer'",
    }


@pytest.mark.parametrize(
    ("template", "arguments", "fields"),
    [
        ("job_stopped job=%s", ("vip",), {"job": "vip"}),
        ("job_failed job=%s error=%s", ("vip", "a=b c=%s: no"), {"job": "vip", "error": "a=b c=%s: no"}),
        (
            "topic_missing job=%s topic=%s: read once it is there again",
            ("vip", "t"),
            {"job": "vip", "topic": "t", "text": "read once it is there again"},
        ),
        ("partitions_assigned job=%s partitions=%d of=%d", ("vip", 3, 8), {"job": "vip", "partitions": 3, "of": 8}),
        ("import_started full=%s from=%s", (True, None), {"full": True, "from": None}),
        ("import_finished job=%s seconds=%.1f %s", ("i", 1.25, "imported=3 unchanged=0"), {
            "job": "i", "seconds": 1.2, "imported": 3, "unchanged": 0,
        }),
        ("reports_received %s", ("records=7 requests=2",), {"records": 7, "requests": 2}),
        ("feedback_failed tried_again_in=%.0f s reason=%s", (60.0, "no"), {
            "tried_again_in": 60.0, "reason": "no", "text": "s",
        }),
        ("request_crashed error=%s at=%s:%s", ("ValueError", "read", 7), {"error": "ValueError", "at": "read:7"}),
        ("transaction_left name=%s reason=it hangs", ("x",), {"name": "x", "reason": "it hangs"}),
        ("import_failed job=%s error=%s; again at %s", ("i", "no", "noon"), {
            "job": "i", "error": "no", "text": "again at noon",
        }),
        ("list_in_doubt job=%s: the answer to %s was lost", ("c", "create_list"), {
            "job": "c", "text": "the answer to create_list was lost",
        }),
        ("receiver_stopped", (), {}),
    ],
)  # fmt: skip
def test_fields_are_split_out_as_they_were_written_down(
    template: str, arguments: tuple[Any, ...], fields: dict[str, Any]
) -> None:
    assert taken_apart(template, arguments) == {"event": template.partition(" ")[0], **fields}


def test_every_line_of_ours_is_taken_apart_without_losing_an_argument() -> None:
    found = 0
    for _, template in said():
        count = len(json_lines._CONVERSION.findall(template))
        arguments = tuple(f"<{number}>" for number in range(count))
        numbers = tuple(
            number if kind in "df" else arguments[number]
            for number, (_, _, kind) in enumerate(json_lines._CONVERSION.findall(template))
        )
        fields = taken_apart(template, numbers)
        told = " ".join(str(value) for value in fields.values())
        assert all(str(one) in told for one in numbers), template
        assert fields["event"] != "log", template
        found += 1
    assert found > 100


def test_no_field_of_ours_is_called_as_what_every_object_has() -> None:
    names = {name for _, template in said() for name, _ in json_lines._pieces(template) if name}
    assert names & set(RESERVED) == set()


def test_what_libraries_say_is_one_line_with_their_name() -> None:
    told = written("aiokafka.client", "Unable to reach\n%s", "b-1")
    assert (told["event"], told["logger"], told["message"]) == ("library", "aiokafka.client", "Unable to reach b-1")


def test_a_traceback_is_a_field() -> None:
    error = ConnectionError("the first line\nand the second")
    told = written("streams.app.lifecycle", "job_crashed job=%s", "vip", exc_info=(type(error), error, None))
    assert (told["event"], told["job"]) == ("job_crashed", "vip")
    assert told["exception"].endswith("ConnectionError: the first line\nand the second")


def test_half_of_a_character_is_written() -> None:
    assert written("streams.x", "job_failed error=%s", "Infobip said \ud83d")["error"] == "Infobip said \ud83d"


def test_levels_are_taken_by_logger() -> None:
    assert levels_of(["streams.infobip=debug", "faust=ERROR"]) == {
        "streams.infobip": logging.DEBUG,
        "faust": logging.ERROR,
    }


@pytest.mark.parametrize("given", ["streams.infobip", "=DEBUG", "streams=LOUD", "aiokafka=DEBUG", "streamsx=INFO"])
def test_a_level_that_is_none_or_would_tell_what_records_hold_is_refused(given: str) -> None:
    with pytest.raises(ConfigurationError, match=f"--log-level {given}: "):
        levels_of([given])


def test_a_logger_is_as_quiet_as_it_was_told_to_be() -> None:
    root = logging.getLogger()
    before = (root.level, [*root.handlers], logging.getLogger("streams").level)
    try:
        logs.set_up(verbose=False, levels={"streams.infobip": logging.ERROR})
        assert not logging.getLogger("streams.infobip").isEnabledFor(logging.WARNING)
        assert logging.getLogger("streams.app").isEnabledFor(logging.INFO)
    finally:
        logging.basicConfig(level=before[0], handlers=before[1], force=True)
        logging.getLogger("streams").setLevel(before[2])
        logging.getLogger("streams.infobip").setLevel(logging.NOTSET)
