"""The pages, and those parts of them that are made from the code: each stands between two comments."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from schemas.records.exported import MODELS
from tests.docs import acls, channels, commands, comparison, kinds, metrics, options, records, rooms, words
from tests.docs.fences import fences

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_PART = re.compile(r"(<!-- made from the code: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)

PARTS: Mapping[str, Callable[[], str]] = {
    "options of jobs.yaml": options.whole,
    "options of kafka": options.kafka,
    "options of authorizations": options.authorizations,
    "options of webhooks": options.webhooks,
    "options of history": options.history,
    "options of operations": options.operations,
    "options of console": options.console,
    "options of each kind": options.kinds,
    "contents of messages": options.contents,
    "kinds of jobs": kinds.kinds,
    "what channels can do": channels.abilities,
    "what channels ask for": channels.calls,
    **{
        f"calls of {kind}": partial(channels.calls_of, kind)
        for kind in ("export_audience", "import_contacts", "receive_messages", "sync_cohort")
    },
    "permissions": acls.permissions,
    "topics": records.topics,
    "topics written": records.written,
    "topics and erase": records.erased,
    "reasons": words.reasons,
    "outcomes": words.outcomes,
    "states": words.states,
    "statuses of messages": words.message_statuses,
    "outcomes of messages": words.message_outcomes,
    "reasons of outcomes": words.outcome_reasons,
    "statuses of Infobip": words.infobip_statuses,
    "errors of Infobip": words.infobip_errors,
    "sources of the comparison": comparison.sources,
    "comparison": comparison.features,
    "metrics": metrics.metrics,
    "labels of metrics": metrics.labels,
    "buckets of metrics": metrics.buckets,
    "rooms": rooms.rooms,
    "walls": rooms.walls,
    **{f"record {name}": partial(records.fields, name) for name in MODELS},
    "what verify prints": records.verification,
    "what repair prints": records.repair,
    "options before a command": commands.general,
    **{f"command {name}": partial(commands.options, name) for name in commands.commands()},
}


def pages() -> Iterator[Path]:
    """The README, and all pages of docs/."""
    yield ROOT / "README.md"
    yield from sorted(DOCS.rglob("*.md"))


def renewed(text: str) -> str:
    """The text of a page with its parts made anew."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part[2]]()}\n{part[3]}", text)


def parts_in(text: str) -> list[str]:
    """The parts that a page has."""
    return [part[2] for part in _PART.finditer(text)]


def blocks(text: str, language: str) -> list[str]:
    """The code of one language that a page shows."""
    return [fence.text for fence in fences(text) if fence.language == language]


def links(text: str) -> list[str]:
    """The links of a page, but for those of the web."""
    found = [link or picture for link, picture in _LINK.findall(text)]
    return [link for link in found if not link.startswith(("http://", "https://"))]


def slug(heading: str) -> str:
    """How a heading is named in links."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", html.unescape(heading)).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
