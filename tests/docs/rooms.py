"""The rooms of the house, from top to bottom, and the walls between them, as pyproject.toml and the packages say."""

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.docs.tables import cell, table

ROOT = Path(__file__).parents[2]
PYPROJECT = ROOT / "pyproject.toml"
_CONTRACT = re.compile(r"((?:# .*\n)+)\[\[tool\.importlinter\.contracts\]\]\nname = \"(.+)\"")


def contracts() -> list[dict[str, Any]]:
    """The contracts that import-linter keeps."""
    found: list[dict[str, Any]] = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    return found


def layers() -> list[list[str]]:
    """The rooms, from top to bottom; those of one layer do not know each other."""
    (house,) = [one for one in contracts() if one["type"] == "layers" and one["containers"] == ["streams"]]
    return [[room.strip() for room in layer.split("|")] for layer in house["layers"]]


def rooms() -> str:
    """What lives in each room, the top one first."""
    return table(("layer", "room", "what lives there"), _rooms())


def _rooms() -> Iterator[Sequence[str]]:
    for number, layer in enumerate(layers(), 1):
        for room in layer:
            module = ROOT / "streams" / room
            where = f"`streams/{room}/`" if module.is_dir() else f"`streams/{room}.py`"
            yield (str(number), where, cell(about(module / "__init__.py" if module.is_dir() else Path(f"{module}.py"))))
    for folder in sorted((ROOT / "schemas").iterdir()):
        if (folder / "__init__.py").exists():
            yield ("", f"`schemas/{folder.name}/`", cell(about(folder / "__init__.py")))


def about(module: Path) -> str:
    """What a module says of itself first."""
    return (ast.get_docstring(ast.parse(module.read_text())) or "").partition("\n\n")[0]


def walls() -> str:
    """The contracts, each with what to do instead of breaking it."""
    why = {name: cell(note.replace("# ", "")) for note, name in _CONTRACT.findall(PYPROJECT.read_text())}
    return "\n".join(f"- **{one['name']}.** {why.get(one['name'], '')}".rstrip() for one in contracts())
