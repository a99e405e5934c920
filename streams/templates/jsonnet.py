"""Jsonnet, evaluated by jrsonnet: many events in one evaluation, as one costs more to begin than an event does.

The published starters import the event, `(import 'lytemplates.libsonnet')`. An import is the same for a whole
evaluation, so within the template itself it is read as the argument of a function, which each event is given to.
"""

import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import rjsonnet

from streams.templates.bounds import Bounds, too_long
from streams.templates.rendered import Failed, Rendered

LIBRARY = "lytemplates.libsonnet"
TEMPLATE = "template"
#: As long as what it stands for, so that columns stay what they are.
ARGUMENT = "lytemplates_event"
#: Texts and comments, which are passed over, and the import of the event.
_PIECES = re.compile(
    r"""(?P<text>@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/\*.*?\*/|//[^\n]*|\#[^\n]*)""",
    re.DOTALL,
)
_IMPORT = re.compile(rf"""import\s+(?:'(?:\./)?{re.escape(LIBRARY)}'|"(?:\./)?{re.escape(LIBRARY)}")""")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_]")
#: What an event is to a template: its fields, and how they are asked for.
_EVENT = (
    "{get(name, default=null):: local found = std.get(super, name, null); if found == null then default else found}"
)
_PLACE = re.compile(r"^\s+(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?P<column>\d+)(?:-[\d:]+)?(?::|$)", re.MULTILINE)
_MISSING = re.compile(r"no such field: (\S+)")
#: What stands before the words of whoever found the fault.
_PREFIXES = ("runtime error: ", "import_callback error: ", "RuntimeError: ")
#: Its stub is older than itself.
_ENGINE: Any = rjsonnet
#: Cycles are searched for after so many evaluations: searching in each takes longer than all the rest.
COLLECT_EVERY = 50


def _given(event: str) -> str:
    """What a template is given: an event that can be asked for its fields, or a list of such."""
    return f"(if std.isArray({event}) then [one + {_EVENT} for one in {event}] else {event} + {_EVENT})"


class ImportsTheEvent(Exception):
    """A file that a template imports imports the event, so events must be rendered one by one."""


class Jsonnet:
    """One template, and the files beside it that it may import, by their names.

    `guard` is called before each evaluation: it begins the time that one may take.
    """

    def __init__(self, source: str, files: Mapping[str, str], bounds: Bounds, guard: Callable[[], None]) -> None:
        self._source, self._files, self._bounds, self._guard = source, files, bounds, guard
        self._shifted = with_argument(source)
        self._shares, self._evaluated = True, 0
        self.collects = True

    def compile(self) -> Failed | None:
        """What is wrong with the template before any event; None where nothing is."""
        try:
            # Read to its end, and not evaluated: so it stands behind everything of ours.
            self._evaluate(f"true || function({ARGUMENT})\n{self._shifted}", "[]", "{}")
        except Exception as error:  # noqa: BLE001 - whatever the engine finds wrong
            return self._failed(error)
        return None

    def render(self, events: Sequence[str]) -> list[Rendered]:
        """Render a template for events, which are JSON."""
        if len(events) > 1 and self._shares:
            whole = f"[{','.join(events)}]"
            try:
                return self._each(self._evaluate(self._program, whole, "{}"), len(events))
            except ImportsTheEvent:
                self._shares = False
            except Exception:  # noqa: BLE001, S110 - whose fault it is shows when they are alone
                pass
        return [self._one(event) for event in events]

    @property
    def _program(self) -> str:
        rendered = f"std.manifestJsonMinified({TEMPLATE}({_given('event')}))"
        return (
            f"local {TEMPLATE}({ARGUMENT}) =\n{self._shifted}\n; "
            f"[{rendered} for event in std.parseJson(std.extVar('events'))]"
        )

    def _one(self, event: str) -> Rendered:
        try:
            (one,) = self._each(self._evaluate(self._program, f"[{event}]", event), 1)
        except Exception as error:  # noqa: BLE001 - whatever a template does wrong is its event's failure
            return self._failed(error)
        return one

    def _each(self, output: str, events: int) -> list[Rendered]:
        texts = json.loads(output)
        if len(texts) != events:
            raise RuntimeError("gave something else for events than one value each")
        encoded = [text.encode(errors="replace") for text in texts]
        longest = self._bounds.output_bytes
        return [one if len(one) <= longest else Failed(too_long(self._bounds)) for one in encoded]

    def _evaluate(self, program: str, events: str, event: str) -> str:
        self._evaluated += 1
        if self.collects and self._evaluated % COLLECT_EVERY == 0:
            _ENGINE.gc()
        self._guard()
        output: str = _ENGINE.evaluate_snippet(
            TEMPLATE,
            program,
            max_stack=self._bounds.stack_frames,
            ext_vars={"events": events},
            import_callback=lambda folder, name: self._imported(folder, name, event),
            gc=False,
        )
        return output

    def _imported(self, folder: str, name: str, event: str) -> tuple[str, str]:
        """What an import stands for: a file of the template's own folder, or the event."""
        path = name if posixpath.isabs(name) else posixpath.normpath(posixpath.join(folder.strip("/"), name))
        if posixpath.basename(path) == LIBRARY and LIBRARY not in self._files:
            if event == "{}":
                raise ImportsTheEvent
            return f"/{LIBRARY}", f"local event = {event}; {_given('event')}"
        if path not in self._files:
            raise RuntimeError(f"there is no {name} in the template's own folder to import")
        return f"/{path}", self._files[path]

    def _failed(self, error: BaseException) -> Failed:
        """What went wrong, in the engine's words, with the innermost place that it names."""
        said = str(error)
        message, _, trace = said.partition("\n")
        for prefix in _PREFIXES:
            message = message.removeprefix(prefix)
        for found in _PLACE.finditer(trace):
            file, line, column = found["file"].lstrip("/"), int(found["line"]), int(found["column"])
            if file in self._files:
                return Failed(message, line, column, file)
            if file != TEMPLATE:
                continue
            # The first line is ours, and so is what follows the template.
            if 1 <= line - 1 <= self._source.count("\n") + 1:
                return Failed(message, line - 1, column)
        return Failed(message, *self._guessed(message))

    def _guessed(self, message: str) -> tuple[int, int]:
        """The place of a field that is not there, which the engine names without its place; else the beginning."""
        missing = _MISSING.search(message)
        at = -1 if missing is None else self._source.find(f".{missing[1]}")
        before = self._source[: max(at, 0)]
        return before.count("\n") + 1, len(before) - before.rfind("\n") + (1 if at >= 0 else 0)


def with_argument(source: str) -> str:
    """A template with its argument in place of each import of the event; texts and comments stay as they are."""
    out, at = [], 0
    while at < len(source):
        imported = _IMPORT.match(source, at) if not _is_inside_a_name(source, at) else None
        if imported is not None:
            out.append(_padded(imported[0]))
            at = imported.end()
            continue
        if (block := _text_block(source, at)) or (piece := _PIECES.match(source, at)) is None:
            end = block or at + 1
        else:
            end = piece.end()
        out.append(source[at:end])
        at = end
    return "".join(out)


def _padded(said: str) -> str:
    """The argument, with as many characters and lines as what it stands for."""
    blanks = "".join("\n" if one == "\n" else " " for one in said[len(ARGUMENT) :])
    return f"{ARGUMENT}{blanks}"


def _text_block(source: str, at: int) -> int:
    """The end of a text block that begins here, `|||`; 0 where none does."""
    if not source.startswith("|||", at):
        return 0
    end = source.find("|||", at + 3)
    return len(source) if end < 0 else end + 3


def _is_inside_a_name(source: str, at: int) -> bool:
    return at > 0 and _IDENTIFIER.match(source[at - 1]) is not None
