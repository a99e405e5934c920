"""The first events a job reads after it began: whether they are events at all, or its input is something else."""

from collections import Counter
from dataclasses import dataclass

from streams.pipeline.window import Window

#: How many are looked at: whole windows, until they are so many.
FIRST = 1000


@dataclass(slots=True)
class FirstEvents:
    """How many of the first records were no events; up to `most_percent` of them (0 to 100) may be none."""

    most_percent: int
    seen: int = 0
    undecodable: int = 0

    def heard(self, window: Window) -> str | None:
        """Count a window in; why the job had better stop before it makes dead letters of it, None where it need not.

        Once enough was seen without that, nothing is counted any more.
        """
        if self.seen >= FIRST:
            return None
        self.seen += window.records
        self.undecodable += len(window.undecodable)
        if self.seen < FIRST or self.undecodable * 100 <= self.seen * self.most_percent:
            return None
        return self._told(window)

    def _told(self, window: Window) -> str:
        words = Counter(one.looks_like or one.fault for one in window.undecodable)
        if not words:  # those of earlier windows, which are dead letters
            return f"{self._counted}; see the dead letters, or {self._instead}"
        ((most, _),) = words.most_common(1)
        record = next(one.record for one in window.undecodable if most in (one.looks_like, one.fault))
        place = f"{record.topic}, partition {record.partition}, offset {record.offset}"
        return f"{self._counted}: {place} {most}; or {self._instead}"

    @property
    def _counted(self) -> str:
        return (
            f"{self.undecodable:,} of its first {self.seen:,} events are none (max_undecodable: {self.most_percent}%)"
        )

    @property
    def _instead(self) -> str:
        return "`max_undecodable: 100%` goes on, and makes dead letters of them"
