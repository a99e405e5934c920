"""What other systems do beside this one, as tables, from docs/comparison.yaml."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.docs.rooms import ROOT
from tests.docs.tables import table

DATA = ROOT / "docs" / "comparison.yaml"
#: How verdicts are shown.
SHOWN: Mapping[str, str] = {"yes": "yes", "partly": "partly", "no": "no", "unsaid": "unsaid"}


def data() -> Mapping[str, Any]:
    """The file as it is."""
    read: Mapping[str, Any] = yaml.safe_load(DATA.read_text())
    return read


def sources() -> str:
    """Where each system's cells come from."""
    return "\n".join(f"- **{one['name']}**: {one['source']}." for one in data()["systems"] if "source" in one)


def features() -> str:
    """A table for each group, under a heading."""
    return "\n".join(_groups(data()))


def _groups(read: Mapping[str, Any]) -> Iterator[str]:
    ids = [one["id"] for one in read["systems"]]
    head = ("", *(one["name"] for one in read["systems"]))
    for group in read["features"]:
        rows = [(row["feature"], *(_cell(*row[name]) for name in ids)) for row in group["rows"]]
        yield f"\n## {group['group']}\n\n{table(head, rows)}"


def _cell(verdict: str, note: str) -> str:
    return f"**{SHOWN[verdict]}**: {note}"
