import logging

import pytest

from streams.cli.logs import FAUST_SERVICE, REPEAT_SECONDS, OneLine, RateLimitedFilter, set_up
from streams.kafka.consumer_thread import FetchingConsumer


def line(name: str, text: str, at: float, *arguments: object) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.ERROR, "", 0, text, arguments, None)
    record.created = at
    return record


def test_a_library_repeats_itself_seldom_and_says_how_often_it_would_have() -> None:
    seldom = RateLimitedFilter()
    assert seldom.filter(line("aiokafka", "cannot connect to %s", 0.0, "a"))
    assert not seldom.filter(line("aiokafka", "cannot connect to %s", 0.1, "b"))
    assert not seldom.filter(line("aiokafka", "cannot connect to %s", 0.2, "a"))
    assert seldom.filter(line("aiokafka", "something else", 0.3))
    later = line("aiokafka", "cannot connect to %s", REPEAT_SECONDS, "a")
    assert seldom.filter(later)
    assert later.getMessage() == "cannot connect to a (and 2 more like it)"


def test_our_own_lines_are_all_shown() -> None:
    seldom = RateLimitedFilter()
    assert all(seldom.filter(line("streams.app.process", "job_failed job=%s", 0.0, "vip")) for _ in range(3))


def test_a_service_of_fausts_says_no_more_than_libraries_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert FetchingConsumer.logger.name == FAUST_SERVICE
    set_up(verbose=True)
    FetchingConsumer.logger.info("[^-FetchingConsumer]: Starting...")
    assert capsys.readouterr().err == ""
    FetchingConsumer.logger.error("[^-FetchingConsumer]: Crashed")
    assert "Crashed" in capsys.readouterr().err


def test_what_libraries_say_is_one_line_without_a_traceback() -> None:
    error = ConnectionError("the first line\nand the second")
    told = (type(error), error, None)
    form = OneLine("%(levelname)s %(message)s")
    theirs = logging.LogRecord("aiokafka.client", logging.ERROR, "", 0, "Unable to reach\n%s", ("b-1",), told)
    line = "ERROR library=aiokafka.client Unable to reach b-1: ConnectionError the first line and the second"
    assert form.format(theirs) == line
    ours = logging.LogRecord("streams.app.lifecycle", logging.ERROR, "", 0, "job_crashed job=%s", ("vip",), told)
    assert "\nConnectionError: the first line" in form.format(ours)
