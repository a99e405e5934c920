"""Many events of one Jsonnet template are rendered in copies of its process: bounds hold there, too; memory is flat."""

import asyncio
from pathlib import Path

import pytest

from streams.templates.rendered import Failed
from streams.templates.renderer import Renderer
from streams.templates.source import Source
from streams.templates.worker import COPIED_TO
from tests.templates.rendering import LIBRARY, render, rendered_by, renderers, values
from tests.templates.test_bounds import BEYOND
from tests.waiting import until

MANY, BAD = 2 * COPIED_TO + 20, COPIED_TO + 120


@pytest.mark.parametrize("case", [case for case in BEYOND if "Jsonnet" in case])
def test_of_many_events_one_goes_beyond_a_bound_and_fails_alone(case: str) -> None:
    name, text, told = BEYOND[case]
    found = render(name, text, [{"bad": number == BAD, "n": number} for number in range(MANY)])
    bad = found.pop(BAD)
    assert isinstance(bad, Failed)
    assert bad.message in told
    assert values(found) == [{"n": number} for number in range(MANY) if number != BAD]


def test_a_fault_of_one_of_many_is_told_with_its_place() -> None:
    text = f"{LIBRARY}if event.n == {BAD} then error 'no' else {{n: event.n}}\n"
    found = values(render("one.jsonnet", text, [{"n": number} for number in range(MANY)]))
    assert found == [{"n": number} if number != BAD else f"a:2:{len('if event.n ==  then ') + len(str(BAD)) + 1}: no"
                     for number in range(MANY)]  # fmt: skip


def test_no_garbage_is_left_in_the_process_that_stays() -> None:
    def resident_kb() -> int:
        (process,) = renderers()
        lines = (process / "status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    async def scene() -> None:
        renderer = Renderer(Source("one.jsonnet", f"{LIBRARY}{{n: {{m: {{k: event.n}}}}}}\n"))
        try:
            events = [{"n": number} for number in range(2 * COPIED_TO)]
            assert len(await rendered_by(renderer, *events)) == len(events)
            before = resident_kb()
            for _ in range(5):
                await rendered_by(renderer, *events)
            assert resident_kb() - before < 4096
        finally:
            await renderer.aclose()

    asyncio.run(scene())


def test_a_copy_ends_with_the_process_that_it_is_one_of() -> None:
    def copies() -> list[Path]:
        return [child for one in renderers() for child in children_of(one)]

    async def scene() -> None:
        renderer = Renderer(Source("one.jsonnet", f"{LIBRARY}{{n: std.length(std.range(1, 20000))}}\n"))
        asked = asyncio.create_task(rendered_by(renderer, *({"n": number} for number in range(3 * COPIED_TO))))
        await until(lambda: bool(copies()))
        begun = copies()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await renderer.aclose()
        await until(lambda: not any(one.exists() for one in begun))

    asyncio.run(scene())


def children_of(process: Path) -> list[Path]:
    """The processes that one has started."""
    try:
        told = (process / "task" / process.name / "children").read_text()
    except OSError:  # it is gone
        return []
    return [Path("/proc", child) for child in told.split()]
