"""What each reason of a dead letter is called on pages, what it means, and what to do about it. Quiet."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.records.meanings import REASONS
from schemas.records.outcomes import Reason

TITLES: Mapping[Reason, str] = {
    "undecodable": "Not an event",
    "no_address": "Nobody to reach",
    "rejected": "Refused",
    "template_failed": "A template that failed",
    "unreadable_report": "A report that nobody could read",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reason in words."""

    title: str
    means: str
    advice: str


def meaning_of(reason: str) -> Meaning:
    """What a reason means; also one that a newer version gave."""
    for known, meaning in REASONS.items():
        if known == reason:
            return Meaning(TITLES[known], _sentence(meaning.means), _sentence(meaning.to_do))
    return Meaning(reason, "A newer version of this service gave this reason.", "Use the newest version to look at it.")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
