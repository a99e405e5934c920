"""What a template is given and gives, in both languages, and what is wrong with one that does not compile."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from streams.errors import ConfigurationError
from streams.templates.bounds import SOURCE_BYTES_MAX
from streams.templates.rendered import Failed
from streams.templates.renderer import Renderer, compile_fault
from streams.templates.source import Source, read_source
from tests.templates.rendering import LIBRARY, kill_renderers, render, rendered_by, values

EVENT = {
    "event_id": "e-1",
    "first_name": "Ann",
    "nothing": None,
    "empty": "",
    "get_": 1,
    "tags": ["a"],
    "deep": {"a": 1},
}
ASKED = "['first_name', 'nothing', 'missing', 'empty', 'tags', 'deep']"
FILES = {"parts/who.libsonnet": "(import 'lytemplates.libsonnet').get('first_name')"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonnet", f"{LIBRARY}[[event.get(n), event.get(n, 'x')] for n in {ASKED}]"),
        ("a.js", f"module.exports = (event) => {ASKED}.map((n) => [event.get(n), event.get(n, 'x')])"),
    ],
)
def test_get_is_the_value_or_what_is_said_for_a_missing_one(name: str, text: str) -> None:
    (found,) = values(render(name, text, [EVENT]))
    assert found == [["Ann", "Ann"], [None, "x"], [None, "x"], ["", ""], [["a"], ["a"]], [{"a": 1}, {"a": 1}]]


@pytest.mark.parametrize(("name", "text"), [("a.jsonnet", f"{LIBRARY}event"), ("a.js", "module.exports = (e) => e")])
def test_an_event_as_it_is_has_no_get_among_its_fields(name: str, text: str) -> None:
    assert values(render(name, text, [EVENT, {}])) == [EVENT, {}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonnet", f"{LIBRARY}[one.get('n', 0) for one in event]"),
        ("a.js", "module.exports = (events) => events.map((one) => one.get('n', 0))"),
    ],
)
def test_of_a_batch_a_template_is_given_a_list(name: str, text: str) -> None:
    assert values(render(name, text, [[{"n": 1}, {}], [{"n": 2}]])) == [[1, 0], [2]]


@pytest.mark.parametrize(("name", "text"), [("a.jsonnet", "null"), ("a.js", "module.exports = () => null")])
def test_null_is_null(name: str, text: str) -> None:
    assert render(name, text, [EVENT]) == [b"null"]


@pytest.mark.parametrize(
    "text", ["import 'lytemplates.libsonnet'", "import './lytemplates.libsonnet'", 'import "lytemplates.libsonnet"']
)
def test_the_event_is_imported_however_that_is_written(text: str) -> None:
    comment = "// import 'lytemplates.libsonnet' is the event"
    whole = f"{comment}\nlocal e = {text}; {{a: e.n, b: \"import 'lytemplates.libsonnet'\"}}"
    found = values(render("a.jsonnet", whole, [{"n": 1}, {"n": 2}]))
    assert found == [{"a": n, "b": "import 'lytemplates.libsonnet'"} for n in (1, 2)]


def test_a_file_that_a_template_imports_may_import_the_event_too() -> None:
    text = "{who: import 'parts/who.libsonnet'}"
    assert values(render("a.jsonnet", text, [{"first_name": "Ann"}, {"first_name": "Bo"}], FILES)) == [
        {"who": "Ann"},
        {"who": "Bo"},
    ]


def test_values_of_any_characters_come_through_and_are_never_code() -> None:
    nasty = "\"'\\\n\u2028|||%s{{}}]]};local x = 1; import 'a' \u0000 😀"
    for name, text in (("a.jsonnet", f"{LIBRARY}{{v: event.v}}"), ("a.js", "module.exports = (e) => ({v: e.v})")):
        assert values(render(name, text, [{"v": nasty}])) == [{"v": nasty}]


@pytest.mark.parametrize("field", ["__proto__", "constructor", "toString", "hasOwnProperty", "get", "length"])
def test_fields_of_any_name_are_fields(field: str) -> None:
    for name, text in (
        ("a.js", f"module.exports = (e) => e.get('{field}', 'none')"),
        ("a.jsonnet", f"{LIBRARY}event.get('{field}', 'none')"),
    ):
        assert values(render(name, text, [{field: 7}, {}])) == [7, "none"]


def test_many_events_are_told_in_their_order() -> None:
    for name, text in (("a.jsonnet", f"{LIBRARY}{{n: event.n}}"), ("a.js", "module.exports = (e) => ({n: e.n})")):
        assert values(render(name, text, [{"n": n} for n in range(173)])) == [{"n": n} for n in range(173)]


@pytest.mark.parametrize(
    ("expected", "name", "text"),
    [
        ("a:2:3: syntax error", "a.jsonnet", "local a = 1;\n{\n"),
        ("a:3:1: syntax error", "a.jsonnet", "{\n  a: 1,\n;}"),
        ("a:1:8: syntax error", "a.jsonnet", "{a: 'x'"),
        ("a:1:7: syntax error", "a.jsonnet", "{a: 1}; local template(x) = 1"),
        ("a:3:1: SyntaxError: ", "a.js", "const a = 1\nmodule.exports = (event) => ({\n"),
        ("a:1:1: TypeError: module.exports must be a function of an event", "a.js", "const a = 1"),
        ("a:2:11: Error: no", "a.js", "\nthrow new Error('no')"),
        ("a:1:1: took longer than 100 ms", "a.js", "for (;;) {}"),
    ],
)
def test_what_does_not_compile_is_told_with_its_place_before_any_event(expected: str, name: str, text: str) -> None:
    fault = compile_fault(Source(name, text))
    assert fault is not None
    assert fault.told("a").startswith(expected)
    assert "\n" not in fault.told("a")


def test_what_compiles_has_no_fault_though_an_event_may_have_one() -> None:
    assert compile_fault(Source("a.jsonnet", f"{LIBRARY}event.missing")) is None
    (failed,) = render("a.jsonnet", f"{LIBRARY}event.missing", [{}])
    assert isinstance(failed, Failed)
    assert (failed.line, "missing" in failed.message) == (2, True)


def test_a_variable_that_is_not_there_is_told_with_its_place() -> None:
    assert values(render("a.jsonnet", "{\n  a: nobody,\n}", [{}])) == ["a:2:6: variable is not defined: nobody"]
    assert values(render("a.js", "module.exports = () =>\n  nobody", [{}])) == [
        "a:2:3: ReferenceError: nobody is not defined"
    ]


def test_a_failure_within_an_import_names_its_file() -> None:
    files = {"parts/bad.libsonnet": "{\n  a: error 'no',\n}"}
    (failed,) = render("a.jsonnet", "(import 'parts/bad.libsonnet').a", [{}], files)
    assert isinstance(failed, Failed)
    assert failed.told("a.jsonnet") == "parts/bad.libsonnet:2:6: no"


def test_a_process_that_was_killed_from_outside_is_started_again() -> None:
    async def story() -> list[Any]:
        renderer = Renderer(Source("a.js", "module.exports = (e) => ({n: e.n})"))
        try:
            found = values(await rendered_by(renderer, {"n": 1}))
            kill_renderers()
            return found + values(await rendered_by(renderer, {"n": 2}, {"n": 3}))
        finally:
            await renderer.aclose()

    assert asyncio.run(story()) == [{"n": 1}, {"n": 2}, {"n": 3}]


# --- files ----------------------------------------------------------------------------------------------------------


def test_a_template_is_read_with_what_lies_beside_it_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    (folder / "parts").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("hush")
    (folder / "a.jsonnet").write_text("{}")
    (folder / "parts" / "b.libsonnet").write_text("{}")
    (folder / "key.pem").write_text("hush")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert read_source(folder / "a.jsonnet") == Source(
        "a.jsonnet", "{}", {"a.jsonnet": "{}", "parts/b.libsonnet": "{}"}
    )
    (folder / "a.js").write_text("module.exports = () => null")
    assert read_source(folder / "a.js").files == {}


@pytest.mark.parametrize(
    ("told", "name", "content"),
    [
        ("there is no file", "a.js", None),
        ("must end in .jsonnet or .js", "a.py", b""),
        ("is not UTF-8", "a.js", b"\xff"),
        ("has more than 8 MiB", "a.js", b" " * (SOURCE_BYTES_MAX + 1)),
    ],
)
def test_what_is_no_template_says_so(told: str, name: str, content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError) as error:
        read_source(tmp_path / name)
    assert told in error.value.faults[0]
