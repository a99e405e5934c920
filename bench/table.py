"""Results as rows, and rows as a Markdown table."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Column", "Figures", "Result", "Row", "markdown", "measured", "tell"]

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one subject: its figures by name, or why there are none."""

    who: str
    does: str = ""
    figures: Figures = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the figure under it, and how it is written."""

    heading: str
    figure: str
    form: str = ",.0f"

    def write(self, row: Row) -> str:
        """Write a row's figure, a dash where it has none."""
        value = row.figures.get(self.figure)
        return "-" if value is None else format(value, self.form)


@dataclass(frozen=True, slots=True)
class Result:
    """A part of the benchmark: what it measured, in a sentence, and its rows."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]

    def json(self) -> dict[str, Any]:
        """Give what the picture is drawn from."""
        return {"title": self.title, "rows": [asdict(row) for row in self.rows]}


def markdown(result: Result) -> str:
    """Write a part as its title and a table; a row without figures says why in the first column of figures."""
    does = any(row.does for row in result.rows)
    left = ["subject", "what it does"] if does else ["subject"]
    lines = [
        f"**{result.title}**",
        "",
        _line([*left, *(column.heading for column in result.columns)]),
        _line(["---"] * len(left) + ["---:"] * len(result.columns)),
    ]
    lines += [_line([*_left(row, does=does), *_figures(row, result.columns)]) for row in result.rows]
    return "\n".join(lines) + "\n"


def _left(row: Row, *, does: bool) -> list[str]:
    return [row.who, row.does] if does else [row.who]


def _figures(row: Row, columns: Sequence[Column]) -> list[str]:
    if row.why:
        return [f"no result: {row.why}", *[""] * (len(columns) - 1)]
    return [column.write(row) for column in columns]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def measured(who: str, does: str, measure: Callable[[], Figures], failure: type[Exception]) -> Row:
    """Measure one subject; where it fails, the row says why and the run goes on."""
    try:
        return Row(who, does, measure())
    except failure as reason:
        return Row(who, does, why=str(reason))


def tell(row: Row, columns: Sequence[Column]) -> None:
    """Print a row in a line, as soon as it is there."""
    told = [f"{column.write(row)} {column.heading}" for column in columns if column.figure in row.figures]
    print(f"  {row.who}: {row.why or ', '.join(told)}", flush=True)
