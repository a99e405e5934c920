"""Tables as Markdown has them."""

from collections.abc import Iterable, Sequence


def cell(text: str) -> str:
    """A text on one line, in which nothing ends a cell, and nothing is taken for HTML; in code that would show."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table without blanks that a longer word would move."""
    lines = [_line(head), _line(["---"] * len(head)), *map(_line, rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
