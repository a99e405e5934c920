"""The templates' part of the benchmark: everybody makes the same body, and what is not installed says so."""

import importlib.util
from typing import Any

import orjson
import pytest

from bench import __main__ as bench
from bench import templates
from bench.engines import ENGINES, event
from bench.running import Failed
from bench.templates import COLUMNS, alone, body, ours
from streams.templates.starters import Language

FIGURES = {"rate", "cpu_us", "alone_us", "start_ms"}
MODULES = {"rjsonnet": "rjsonnet", "jsonnet": "_jsonnet", "quickjs-ng": "quickjs", "mini-racer": "py_mini_racer"}


def test_a_body_by_hand_is_that_of_the_starter() -> None:
    assert orjson.loads(body(event(7))) == {
        "messages": [
            {
                "sender": "Acme <orders@example.com>",
                "destinations": [
                    {
                        "to": [
                            {
                                "destination": "person7@example.com",
                                "placeholders": '{"first_name":"Ann","order_id":"A-7"}',
                            }
                        ]
                    }
                ],
                "content": {"templateId": "100000"},
            }
        ]
    }


@pytest.mark.parametrize("language", Language)
def test_ours_gives_that_body_and_is_measured(language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "ALONE", 2)
    monkeypatch.setattr(templates, "ROUNDS", 1)
    figures = ours(language, 120)
    assert figures.keys() == FIGURES
    assert min(figures.values()) > 0


def test_a_starter_that_gives_another_body_is_no_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "text_of", lambda *_: "{messages: []}")
    with pytest.raises(Failed, match="another body"):
        ours(Language.jsonnet, 5)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_alone_is_measured_or_says_how_to_install_it(name: str) -> None:
    if importlib.util.find_spec(MODULES[name]) is None:
        with pytest.raises(Failed, match=f"^{name} is not installed: `pip install {name}` beside the service$"):
            alone(name, 100)
    else:
        figures = alone(name, 100)
        assert figures.keys() == FIGURES | {"peak_mb"}


def test_the_part_needs_no_broker_and_has_a_row_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured_so(*_: Any) -> dict[str, float]:
        return {"rate": 1.0}

    for name in ("by_hand", "ours", "alone"):
        monkeypatch.setattr(templates, name, measured_so)
    result = templates.templates(0.01)
    assert [row.who for row in result.rows] == ["plain Python", "jsonnet", "javascript", *ENGINES]
    assert {column.figure for column in COLUMNS} == FIGURES | {"peak_mb"}
    assert bench.PARTS["t8"]("", [], 0.01).rows == result.rows
