"""Templates are code of users: each bound, what is told of whoever goes beyond it, and that the next event goes on."""

import asyncio
from pathlib import Path

import pytest

from streams.templates.bounds import Bounds
from streams.templates.rendered import Failed
from streams.templates.renderer import Renderer
from streams.templates.source import Source
from tests.templates.rendering import LIBRARY, render, rendered_by, renderers, values

SLOW = "took longer than 100 ms"
LARGE = "took more than 64 MiB of memory, or its stack was too deep"
#: The middle one of three events makes a template go beyond a bound.
EVENTS = [{"bad": False, "n": 1}, {"bad": True, "n": 2}, {"bad": False, "n": 3}]


def jsonnet(bad: str) -> tuple[str, str]:
    return "one.jsonnet", f"{LIBRARY}if event.bad then ({bad}) else {{n: event.n}}\n"


def javascript(bad: str) -> tuple[str, str]:
    return "one.js", f"module.exports = (event) => {{\n  if (event.bad) {{ {bad} }}\n  return {{n: event.n}}\n}}\n"


BEYOND = {
    "endless loop, Jsonnet": (*jsonnet("local f(n) = f(n + 1) tailstrict; f(0)"), {SLOW, LARGE}),
    "long loop, Jsonnet": (*jsonnet("std.foldl(function(a, b) a + b, std.range(1, 100000000), 0)"), {SLOW, LARGE}),
    "endless loop, JavaScript": (*javascript("for (;;) {}"), {SLOW}),
    "endless regular expression": (*javascript("return /^(a+)+$/.test('a'.repeat(60) + 'b')"), {SLOW}),
    "endless loop of a getter": (*javascript("return {get a() { for (;;) {} }}"), {SLOW}),
    "endless loop of toJSON": (*javascript("return {toJSON() { for (;;) {} }}"), {SLOW}),
    "deep recursion, JavaScript": (*javascript("const f = () => f() + 1; return f()"), {LARGE}),
    "memory, Jsonnet": (*jsonnet("std.length(std.repeat('x', 1000000000))"), {LARGE, SLOW}),
    "memory of lists, Jsonnet": (*jsonnet("local f(a) = f(a + a) tailstrict; f([1, 2, 3])"), {LARGE, SLOW}),
    "memory, JavaScript": (*javascript("const a = []; for (;;) a.push('x'.repeat(100000) + a.length)"), {LARGE, SLOW}),
    "memory of buffers": (*javascript("return new Uint8Array(1e9).length"), {LARGE}),
}


@pytest.mark.parametrize("case", BEYOND)
def test_who_goes_beyond_a_bound_fails_alone_and_the_next_event_goes_on(case: str) -> None:
    name, text, told = BEYOND[case]
    first, bad, last = render(name, text, EVENTS)
    assert (first, last) == (b'{"n":1}', b'{"n":3}')
    assert isinstance(bad, Failed)
    assert bad.message in told


@pytest.mark.parametrize("name_and_text", [jsonnet("local f(n) = 1 + f(n + 1); f(0)")])
def test_a_deep_recursion_of_jsonnet_is_told_with_its_place(name_and_text: tuple[str, str]) -> None:
    first, bad, last = render(*name_and_text, EVENTS)
    assert (first, last) == (b'{"n":1}', b'{"n":3}')
    assert isinstance(bad, Failed)
    assert "stack overflow" in bad.message
    assert bad.line == 2


@pytest.mark.parametrize(
    "name_and_text",
    [jsonnet("{x: std.repeat('x', 1048576)}"), javascript("return {x: 'x'.repeat(1048576)}")],
    ids=["Jsonnet", "JavaScript"],
)
def test_a_body_is_at_most_1_mib(name_and_text: tuple[str, str]) -> None:
    assert values(render(*name_and_text, EVENTS)) == [{"n": 1}, "a:1:1: gave more than 1,024 KiB", {"n": 3}]
    name, text = name_and_text
    most = render(name, text.replace("1048576", "1048568"), EVENTS)[1]
    assert isinstance(most, bytes)
    assert len(most) == 1_048_576


@pytest.mark.parametrize(
    ("expected", "name_and_text"),
    [
        ("a:2:20: no", jsonnet("error 'no'")),
        ("a:2:30: TypeError: no", javascript("throw new TypeError('no')")),
        ('a:1:1: threw {"code":7}', javascript("throw {code: 7}")),
        ("a:1:1: TypeError: gave undefined, which is no JSON", javascript("return undefined")),
        ("a:1:1: TypeError: gave function, which is no JSON", javascript("return () => 1")),
    ],
)
def test_what_a_template_throws_is_told_with_line_and_column(expected: str, name_and_text: tuple[str, str]) -> None:
    assert values(render(*name_and_text, EVENTS)) == [{"n": 1}, expected, {"n": 3}]


@pytest.mark.parametrize(
    "text", [jsonnet("function(x) x"), jsonnet("{a: std.parseJson('{')}")], ids=["function", "text"]
)
def test_what_is_no_json_of_jsonnets_is_a_failure(text: tuple[str, str]) -> None:
    first, bad, last = render(*text, EVENTS)
    assert (first, isinstance(bad, Failed), last) == (b'{"n":1}', True, b'{"n":3}')


def test_many_that_go_beyond_a_bound_are_each_a_failure_and_all_others_go_on() -> None:
    name, text = javascript("for (;;) {}")
    events = [{"bad": number % 25 == 7, "n": number} for number in range(120)]
    found = values(render(name, text, events, bounds=Bounds(seconds=0.02)))
    assert [number for number, one in enumerate(found) if isinstance(one, str)] == [7, 32, 57, 82, 107]
    assert [one["n"] for one in found if isinstance(one, dict)] == [n for n in range(120) if n % 25 != 7]


@pytest.mark.parametrize(
    "bad",
    [
        "return typeof require",
        "return typeof process",
        "return typeof os + typeof std",
        "return typeof fetch + typeof XMLHttpRequest",
        "return typeof setTimeout",
        "return typeof performance",
        "return typeof Atomics + typeof SharedArrayBuffer",
    ],
)
def test_javascript_has_no_files_no_network_and_no_environment(bad: str) -> None:
    said = values(render(*javascript(bad), EVENTS))[1]
    assert set(said.split("undefined")) == {""}


@pytest.mark.parametrize(
    ("told", "bad"),
    [
        ("templates have no clock", "return Date.now()"),
        ("templates have no clock", "return new Date().getTime()"),
        ("templates have no clock", "return String(Date())"),
        ("", "return new (Object.getPrototypeOf(Date))().getTime()"),
        ("templates have no clock", "return new (new Date(0)).constructor().getTime()"),
        ("templates have no random numbers", "return Math.random()"),
        ("", "return import('os')"),
        ("", "return import('/etc/passwd')"),
    ],
)
def test_javascript_has_no_clock_no_chance_and_no_imports(told: str, bad: str) -> None:
    said = values(render(*javascript(bad), EVENTS))[1]
    assert told in said if told else said in ({}, None) or "Error" in said


@pytest.mark.parametrize(
    "bad",
    [
        "import '/etc/passwd'",
        "importstr '/etc/passwd'",
        "importbin '/etc/passwd'",
        "importstr '/proc/self/environ'",
        "importstr '../secret.txt'",
        "import 'parts/../../secret.libsonnet'",
        "importstr 'http://127.0.0.1/'",
        "std.extVar('HOME')",
        "std.native('readFile')('/etc/passwd')",
    ],
)
def test_jsonnet_reads_nothing_but_files_of_the_templates_own_folder(bad: str) -> None:
    first, found, last = render(*jsonnet(bad), EVENTS, files={"parts/a.libsonnet": "{a: 1}"})
    assert isinstance(found, Failed)
    assert (first, last) == (b'{"n":1}', b'{"n":3}')


def test_jsonnet_imports_from_its_own_folder_and_below_and_a_file_of_that_name_goes_before_the_event() -> None:
    files = {"words.txt": "hello", "parts/a.libsonnet": "{b: import 'b.libsonnet'}", "parts/b.libsonnet": "{c: 7}"}
    text = f"{LIBRARY}{{n: event.n, t: importstr 'words.txt', a: (import './parts/a.libsonnet').b.c}}"
    assert values(render("one.jsonnet", text, [{"n": 1}], files)) == [{"n": 1, "t": "hello", "a": 7}]


def test_dates_that_are_said_are_dates() -> None:
    text = (
        "class D extends Date {}; module.exports = (e) => [new Date(e.at), new D(0).getTime(), "
        "Date.UTC(2026, 10, 29), Date.parse(e.at)]"
    )
    at = 1_795_910_400_000
    assert values(render("one.js", text, [{"at": "2026-11-29T00:00:00Z"}])) == [["2026-11-29T00:00:00.000Z", 0, at, at]]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system does not show what processes have")
def test_the_process_has_no_variable_no_descriptor_and_no_folder_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_API_KEY", "hush")

    async def story() -> tuple[bytes, list[str], Path]:
        renderer = Renderer(Source("one.js", javascript("")[1]))
        try:
            await rendered_by(renderer, {"n": 1})
            return has()
        finally:
            await renderer.aclose()

    assert asyncio.run(story()) == (b"", ["0", "1", "2"], Path("/"))


def has() -> tuple[bytes, list[str], Path]:
    """What the process that renders has."""
    (process,) = renderers()
    opened = sorted(one.name for one in (process / "fd").iterdir())
    return (process / "environ").read_bytes(), opened, (process / "cwd").resolve()
