"""What is measured side by side: our service, what else one could run in its place, and how each is started."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FOREIGN", "SESSION_MS", "Options", "Peer", "always", "foreign_missing", "foreign_version"]

#: Peers whose packages disagree with ours live in an environment of their own: `make bench` fills it.
FOREIGN = Path(__file__).parents[2] / ".cache/peers/bin/python"

#: How long a killed process keeps its partitions, for peers whose default would only make the run longer.
SESSION_MS = 10_000


@dataclass(frozen=True, slots=True)
class Options:
    """What a run asks of its subject: a folder to write to, and how many requests per second an operation allows."""

    folder: Path
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """One program to measure.

    `command` is its command line for (broker, topic, url, group, options); `missing` says in a line why it cannot run
    on this machine, or None. Slow ones are given `most_events` where only a rate is asked of them.
    """

    name: str
    does: str
    command: Callable[[str, str, str, str, Options], list[str]]
    missing: Callable[[], str | None]
    most_events: int | None = None


def always() -> None:
    """Say that nothing is missing."""


def foreign_version(package: str) -> str:
    """Return the version of a package in the peers' own environment, nothing where it is not there."""
    installed = sorted(FOREIGN.parents[1].glob(f"lib/python*/site-packages/{package}-*.dist-info"))
    return installed[0].name.removesuffix(".dist-info").rpartition("-")[2] if installed else ""


def foreign_missing(package: str) -> str | None:
    """Say why a package of the peers' own environment cannot be used, None where it can."""
    return None if foreign_version(package) else f"{package} is not installed: `make bench` installs it"
