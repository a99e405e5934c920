"""Expressions on answers: what everybody writes, as JMESPath, and what is none."""

import pytest

from streams.jobs.webhook.success import NoExpression, compile_success

BODY = {"errors": None, "state": "done", "count": 3, "rows": [{"ok": True}, {"ok": False}], "note": "not and or 7"}


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (True, "status < 300 and body.errors == null"),
        (False, "status < 300 and body.errors != null"),
        (True, "status == 200 && body.state == 'done'"),
        (True, "not body.errors or status > 400"),
        (True, "not body.errors and not body.count == 4"),
        (False, "not body.count == 3"),
        (True, "not (body.errors or body.count > 3)"),
        (True, "not not body.count"),
        (True, "body.rows[?not ok]"),
        (False, "body.not"),
        (True, "body.count >= 3 and body.rows[0].ok == true"),
        (False, "body.rows[1].ok"),
        (True, "body.rows[?ok == `false`]"),
        (True, "body.note == 'not and or 7'"),
        (True, "length(body.rows) == 2"),
        (False, "body.missing"),
        (False, "length(body.count) == 2"),  # no list: no success, and no fault either
        (True, "status == `200`"),
        (True, "body.rows[-1].ok == false"),
    ],
)
def test_what_everybody_writes_is_understood(*, expected: bool, text: str) -> None:
    assert compile_success(text)(200, BODY) is expected


def test_without_an_expression_any_2xx_is_a_success() -> None:
    judge = compile_success(None)
    statuses = (200, 201, 204, 299, 300, 301, 400, 404, 422)
    assert [status for status in statuses if judge(status, None)] == [200, 201, 204, 299]


@pytest.mark.parametrize("body", [None, "busy", [], 7])
def test_an_answer_of_any_shape_is_judged(body: object) -> None:
    assert compile_success("body.errors == null")(200, body) is True
    assert compile_success("body.state == 'done'")(200, body) is False


@pytest.mark.parametrize(
    "text", ["", "status <", "status < 300 and", "(status", "status = 200", "not", "not and", "import os", "'open"]
)
def test_what_is_no_expression_says_so_in_one_line(text: str) -> None:
    with pytest.raises(NoExpression) as told:
        compile_success(text)
    assert str(told.value).startswith("is no expression")
    assert "\n" not in str(told.value)
