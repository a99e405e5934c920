"""JavaScript, run by QuickJS: a template is a function of an event, `module.exports = (event) => ({…})`."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import quickjs

from streams.templates.bounds import Bounds, too_large, too_long, too_slow
from streams.templates.rendered import Failed, Rendered

#: What a template may not have: clocks, chance, and what several threads would share.
_PRELUDE = """
'use strict';
(() => {
  const refuse = (what) => { throw new TypeError('templates have no ' + what) };
  const Real = Date, construct = Reflect.construct;
  // No class of it: the real one would be its prototype.
  const Known = function Date(...given) {
    if (new.target === undefined || given.length === 0) refuse('clock');
    return construct(Real, given, new.target);
  };
  Known.prototype = Real.prototype;
  Known.parse = Real.parse;
  Known.UTC = Real.UTC;
  Known.now = () => refuse('clock');
  Object.defineProperty(Real.prototype, 'constructor', {value: Known});
  globalThis.Date = Known;
  Math.random = () => refuse('random numbers: the same event gives the same call');
  for (const name of ['performance', 'Atomics', 'SharedArrayBuffer', 'WeakRef', 'FinalizationRegistry'])
    delete globalThis[name];
})();
var module = {exports: undefined}, exports = undefined;
"""
#: Written into the template's world before it, so that nothing it changes is relied on.
_RUN = """
((parse, stringify, define, hasOwn, isArray) => (text) => {
  const said = parse(text), results = [];
  const ask = (event) => {
    const own = hasOwn(event, 'get') ? event.get : null;
    define(event, 'get', {enumerable: false, value: (name, otherwise = null) => {
      const found = name === 'get' ? own : hasOwn(event, name) ? event[name] : null;
      return found === null ? otherwise : found;
    }});
  };
  for (const event of said) {
    if (isArray(event)) for (const one of event) ask(one); else ask(event);
    try {
      const value = module.exports(event);
      const json = value === null ? 'null' : stringify(value);
      if (json === undefined) throw new TypeError('gave ' + typeof value + ', which is no JSON');
      results.push([json, null, null]);
    } catch (error) {
      const known = error instanceof Error;
      results.push([null, known ? error.name + ': ' + error.message : 'threw ' + stringify(error),
        known ? error.stack : null]);
    }
  }
  return stringify(results);
})(JSON.parse, JSON.stringify, Object.defineProperty, Object.hasOwn, Array.isArray)
"""
#: Lines before what is ours, so that places in it are told from those in a template.
_OURS = 65_536
_PLACE = re.compile(r"<input>:(?P<line>\d+):(?P<column>\d+)")


class JavaScript:
    """One template; `guard` is called before each run: it begins the time that one may take."""

    def __init__(self, source: str, bounds: Bounds, guard: Callable[[], None]) -> None:
        self._source, self._bounds, self._guard = source, bounds, guard
        self._run: Any = None
        #: The engine frees what nobody holds any more by itself.
        self.collects = False

    def compile(self) -> Failed | None:
        """What is wrong with the template before any event; None where nothing is."""
        try:
            self._ready()
        except quickjs.JSException as error:
            return self._failed(str(error))
        return None

    def render(self, events: Sequence[str]) -> list[Rendered]:
        """Render a template for events, which are JSON."""
        try:
            run = self._ready()
            self._guard()
            return [self._read(one) for one in json.loads(run(f"[{','.join(events)}]"))]
        except quickjs.JSException as error:
            self._run = None  # what it left behind is nothing to go on with
            if len(events) == 1:
                return [self._failed(str(error))]
        return [one for event in events for one in self.render([event])]

    def _ready(self) -> Any:
        if self._run is None:
            context, bounds = quickjs.Context(), self._bounds
            context.set_memory_limit(bounds.memory_bytes)
            context.set_max_stack_size(bounds.stack_bytes)
            context.eval("\n" * _OURS + _PRELUDE)
            run = context.eval("\n" * _OURS + _RUN)
            self._guard()
            context.set_time_limit(bounds.seconds)
            context.eval(self._source)
            if context.eval("typeof module.exports") != "function":
                raise quickjs.JSException("TypeError: module.exports must be a function of an event")
            self._run = run
        return self._run

    def _read(self, one: Sequence[Any]) -> Rendered:
        text, fault, stack = one
        if text is None:
            return self._failed(f"{fault}\n{stack or ''}")
        encoded: bytes = text.encode(errors="replace")
        return encoded if len(encoded) <= self._bounds.output_bytes else Failed(too_long(self._bounds))

    def _failed(self, said: str) -> Failed:
        message, _, stack = said.partition("\n")
        places = [(int(place["line"]), int(place["column"])) for place in _PLACE.finditer(stack)]
        where = next((place for place in places if place[0] < _OURS), (1, 1))
        if message == "InternalError: interrupted":
            message = too_slow(self._bounds)
        elif message == "InternalError: out of memory" or message.startswith("RangeError: Maximum call stack"):
            message = too_large(self._bounds)
        return Failed(message, *where)
