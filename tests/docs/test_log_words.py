"""Every word that begins a log line stands on the page of operations, with what to do."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import get_args

from streams.infobip.health import Kind
from tests.docs.pages import DOCS, ROOT

PAGE = (DOCS / "operations.md").read_text().partition("\n## Logs\n")[2]
LEVELS = {"info", "warning", "error", "exception", "critical", "log"}
SERIOUS = LEVELS - {"info"}
#: A word that is put together: how a client fares.
FARES = "infobip_%s"
_WORD = re.compile(r"[a-z_]+(?:%s)?(?= |$)")


def said() -> Iterator[tuple[str, str]]:
    """The level and the text of each call of a logger."""
    for module in sorted((ROOT / "streams").rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_logger(node.func.value):
                texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if node.func.attr in LEVELS:
                    assert texts, f"{module}:{node.lineno} begins with no word"
                    yield node.func.attr, texts[0]


def _is_logger(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "log"


@cache
def words() -> dict[str, set[str]]:
    """Each word, with the levels it is said at."""
    found: dict[str, set[str]] = {}
    for level, text in said():
        match = _WORD.match(text)
        assert match is not None, f"no word begins: {text}"
        for word in [f"infobip_{kind}" for kind in get_args(Kind)] if match[0] == FARES else [match[0]]:
            found.setdefault(word, set()).add("info" if word == "infobip_ok" else level)
    return found


def test_words_are_found_where_they_are_said() -> None:
    assert {"job_failed", "infobip_waiting", "topic_setting_refused", "import_started"} <= words().keys()


def test_each_serious_word_has_a_line_that_says_what_to_do() -> None:
    lines = dict(re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert sorted(lines) == sorted(word for word, levels in words().items() if levels & SERIOUS)


def test_all_other_words_are_told_of() -> None:
    assert [word for word, levels in words().items() if not levels & SERIOUS and f"`{word}`" not in PAGE] == []


def test_every_logger_is_called_so_that_its_words_are_found() -> None:
    loggers = re.compile(r"^(\w+) = logging\.getLogger", re.MULTILINE)
    modules = [module.read_text() for module in (ROOT / "streams").rglob("*.py")]
    assert {name for module in modules for name in loggers.findall(module)} == {"log"}
