"""Tables of options, made from the models of jobs.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from schemas.config.authorization import Authorization
from schemas.config.console import Console
from schemas.config.history import History
from schemas.config.kafka import KafkaSettings
from schemas.config.operations import OperationsAddress
from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.content import CONTENTS, kakao_chingu, rcs, viber
from schemas.jobs import KINDS
from tests.docs.tables import cell, table
from tests.docs.values import hints_of, models_of, words, written

HEAD = ("option", "value", "default", "what it means")
#: Options that have a section or a page of their own.
ELSEWHERE = frozenset({"kafka", "authorizations", "webhooks", "history", "operations", "console", "jobs", "content"})
#: Channels with contents of several types.
TYPES: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "viber": viber.TYPES,
    "rcs": rcs.TYPES,
    "kakao_chingu": kakao_chingu.TYPES,
}


def rows_of(model: type[BaseModel], path: str = "", given: BaseModel | None = None) -> Iterator[Sequence[str]]:
    """A row for each option, with those inside of it after it; `given` is the default of the whole."""
    hints = hints_of(model)
    for name, field in model.model_fields.items():
        said = field.validation_alias if isinstance(field.validation_alias, str) else name
        hint, default = hints[name], field.get_default() if given is None else getattr(given, name)
        meaning = cell(_without_default(field.description or "", written(default)))
        if not path and said in ELSEWHERE:
            yield (f"`{said}`", "below", written(default), meaning)
            continue
        yield (f"`{path}{said}`", words(hint), written(default), meaning)
        yield from _inside(hint, f"{path}{said}", default if isinstance(default, BaseModel) else None)


def _without_default(meaning: str, default: str) -> str:
    """A description without the default that stands in a column of its own."""
    return meaning.replace(f" Default: {default.strip('`')}.", "")


def _inside(hint: Any, path: str, given: BaseModel | None) -> Iterator[Sequence[str]]:
    """The rows of the models within an option, each model once."""
    for into, model in dict.fromkeys(models_of(hint)):
        yield from rows_of(model, f"{path}{into}.", given)


def whole() -> str:
    """What stands at the top of jobs.yaml."""
    return table(HEAD, rows_of(Configuration))


def kafka() -> str:
    """The brokers."""
    return table(HEAD, rows_of(KafkaSettings))


def authorizations() -> str:
    """An account at Infobip."""
    return table(HEAD, rows_of(Authorization))


def webhooks() -> str:
    """Where Infobip reaches us."""
    return table(HEAD, rows_of(Webhooks))


def console() -> str:
    """Who may look at the console."""
    return table(HEAD, rows_of(Console))


def history() -> str:
    """The database of messages."""
    return table(HEAD, rows_of(History))


def operations() -> str:
    """Where operators ask."""
    return table(HEAD, rows_of(OperationsAddress))


def kinds() -> str:
    """The options of each kind of job, under a heading."""
    pages = {name: f"What it does: [jobs/{name}.md](jobs/{name}.md)." for name in KINDS}
    return "\n".join(
        f"\n## Jobs of kind {name}\n\n{pages[name]}\n\n{table(HEAD, rows_of(model))}" for name, model in KINDS.items()
    )


def contents() -> str:
    """What can be said on each channel, under a heading."""
    return "\n".join(f"\n## {channel}\n\n{_content(channel)}" for channel in CONTENTS)


def _content(channel: str) -> str:
    """What can be said on a channel; of several types first what all have."""
    if channel not in TYPES:
        return table(HEAD, rows_of(CONTENTS[channel]))
    found = {name: list(rows_of(model)) for name, model in TYPES[channel].items()}
    first, *others = found.values()
    shared = [row for row in first if all(row in other for other in others)]
    parts = [f"What every type has:\n\n{table(HEAD, shared)}"]
    for name, rows in found.items():
        own = [row for row in rows if row not in shared and row[0] != "`type`"]
        parts.append(f"### {channel}: {name}\n\n{table(HEAD, own)}")
    return "\n\n".join(parts)
