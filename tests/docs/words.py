"""Tables of reasons, outcomes, states and statuses: what each word means, and what to do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.records import meanings
from schemas.records.meanings import Meaning
from streams.channels.statuses import ERRORS, STATUSES
from tests.docs.tables import cell, table


def _table(head: str, words: Mapping[Any, Meaning]) -> str:
    return table((head, "what it means", "what to do"), _rows(words))


def _rows(words: Mapping[Any, Meaning]) -> Iterable[Sequence[str]]:
    return ((f"`{word}`", cell(one.means), cell(one.to_do)) for word, one in words.items())


def reasons() -> str:
    """Of dead letters."""
    return _table("reason", meanings.REASONS)


def outcomes() -> str:
    """Of events."""
    return _table("outcome", meanings.OUTCOMES)


def states() -> str:
    """Of jobs."""
    return _table("state", dict([*meanings.STATES.items(), meanings.NEVER_RUN]))


def message_statuses() -> str:
    """Of messages, when they are handed over."""
    return _table("`message_status`", meanings.MESSAGE_STATUSES)


def message_outcomes() -> str:
    """Of messages, in the end."""
    return _table("`outcome`", meanings.MESSAGE_OUTCOMES)


def outcome_reasons() -> str:
    """Why an outcome is said."""
    return _table("`reason`", meanings.OUTCOME_REASONS)


def infobip_statuses() -> str:
    """Infobip's own."""
    rows = [(str(one.id), f"`{one.name}`", cell(one.meaning)) for one in STATUSES.values()]
    return table(("`status_id`", "`status_name`", "what it means, and what to do"), rows)


def infobip_errors() -> str:
    """Infobip's own, beside a status."""
    return table(("`error_id`", "what it means, and what to do"), [(str(one), cell(ERRORS[one])) for one in ERRORS])
