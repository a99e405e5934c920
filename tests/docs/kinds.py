"""The kinds of jobs and the channels, in a line each."""

from streams.channels import CHANNELS
from streams.jobs.shelf import KINDS
from tests.docs.rooms import ROOT, about
from tests.docs.tables import cell, table


def kinds() -> str:
    """What each kind does, as its folder says it, with links to the pages."""
    rows = [(f"[`{name}`](docs/jobs/{name}.md)", cell(_does(name))) for name in KINDS]
    links = ", ".join(f"[`{name}`](docs/contents.md#{name})" for name in CHANNELS)
    return table(("kind of job", "does"), [*rows, ("[channels](docs/channels.md) of `send_message`", links)])


def _does(name: str) -> str:
    said = about(ROOT / "streams" / "jobs" / name / "__init__.py").partition(": ")[2]
    return said[:1].upper() + said[1:]
