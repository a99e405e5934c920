"""Which job asked for an inbound message, by its channel, number and keyword."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_not_digits = re.compile("[^0-9]+")
#: What stands in a number as people write it; anything else is the name of a sender.
_is_number = re.compile(r"[+0-9 ()./-]*[0-9][+0-9 ()./-]*").fullmatch


@dataclass(frozen=True, slots=True)
class Trigger:
    """A job that asks for what is sent to a number: everything, or with a keyword only what begins with it."""

    job: str
    channel: str
    number: str
    keyword: str | None = None


class Triggers:
    """The triggers of all jobs. Numbers are the same if their digits are; of two alike the first wins."""

    def __init__(self, triggers: Iterable[Trigger] = ()) -> None:
        self._jobs: dict[tuple[str, str], dict[str | None, str]] = {}
        for one in triggers:
            jobs = self._jobs.setdefault((one.channel, _number(one.number)), {})
            jobs.setdefault(None if one.keyword is None else one.keyword.strip().casefold(), one.job)

    def job_of(self, channel: str, number: str | None, words: Sequence[str]) -> str | None:
        """The job whose keyword is the first of these words that is one; else the one that takes everything."""
        jobs = None if number is None or not self._jobs else self._jobs.get((channel, _number(number)))
        if jobs is None:
            return None
        by_keyword = (jobs[found] for word in words if (found := word.casefold()) in jobs)
        return next(by_keyword, jobs.get(None))


def _number(text: str) -> str:
    return _not_digits.sub("", text) if _is_number(text) else text.strip().casefold()
