"""Whether an answer is a success: an expression in JMESPath, with the words and numbers that everybody writes.

JMESPath ends on any answer, calls nothing and knows nothing but the answer. It wants `&&` for `and`, and numbers in
backticks; and `!a.b == c` is `(!a).b == c` to it, where `not` speaks of all up to the next `and`. All of it is put
right here.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

#: Status and body of an answer.
Judge = Callable[[int, Any], bool]

_TOKEN = re.compile(
    r"""(?P<kept>`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|"""
    r"""(?P<number>-?\d+(?:\.\d+)?)|(?P<blank>\s+)|(?P<sign>[<>=!]=|&&|\|\||\[\?|.)""",
    re.DOTALL,
)
_WORDS = {"and": "&&", "or": "||"}
#: What opens and closes, and what ends whatever a `not` speaks of, where nothing is open within.
_OPENS, _CLOSES = frozenset({"(", "[", "{", "[?"}), frozenset({")", "]", "}"})
_ENDS = frozenset({"&&", "||", "|", ","}) | _CLOSES
_NOT = "not"
_LITERALS = frozenset({"null", "true", "false"})
#: Behind these a number is an index, and a word a name.
_INDEX, _NAME = frozenset({"[", ":"}), frozenset({".", "@"})


class NoExpression(ValueError):
    """A text is no expression; it says why."""


def compile_success(text: str | None) -> Judge:
    """What judges answers: 2xx without an expression.

    Raises:
        NoExpression: the text is none.

    """
    if text is None:
        return lambda status, _: status // 100 == 2  # noqa: PLR2004 - the class of success
    try:
        found = jmespath.compile("".join(_translated(text)))
    except JMESPathError as error:
        raise NoExpression(f"is no expression: {str(error).splitlines()[0]}") from None

    def judge(status: int, body: Any) -> bool:
        try:
            return _is_true(found.search({"status": status, "body": body}))
        except JMESPathError:  # a function was given what it does not take: that is no success
            return False

    return judge


def _translated(text: str) -> Iterator[str]:
    """The expression as JMESPath has it."""
    depth, denied = 0, list[int]()
    for said in _written(text):
        if said in _ENDS:
            while denied and denied[-1] == depth:
                denied.pop()
                yield ")"
        depth += (said in _OPENS) - (said in _CLOSES)
        if said == _NOT:
            denied.append(depth)
            yield "!("
        else:
            yield said
    yield from ")" * len(denied)


def _written(text: str) -> Iterator[str]:
    """Its pieces, with words and numbers as JMESPath has them, and `not` as it was."""
    before = ""
    for token in _TOKEN.finditer(text):
        said = token[0]
        if token["word"] is not None and before not in _NAME:
            said = f"`{said}`" if said in _LITERALS else _WORDS.get(said, said)
        elif token["number"] is not None and before not in _INDEX:
            said = f"`{said}`"
        elif said == _NOT:  # the name of a field
            said = f'"{said}"'
        if token["blank"] is None:
            before = said
        yield said


def _is_true(found: Any) -> bool:
    """What JMESPath takes for true: everything but what is empty, false or null."""
    return found is not None and found is not False and found not in ("", [], {})
