"""What was written lately, so that what Infobip repeats is not written again."""

from collections.abc import Iterable

#: Ids, each of some hundred bytes of memory: about ten megabytes.
IDS_MAX = 100_000


class RecentIds:
    """The last ids that were written; a bounded number of them, so one of long ago is forgotten."""

    def __init__(self, most: int = IDS_MAX) -> None:
        self._most = most
        self._known: dict[str, None] = {}

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._known

    def add(self, ids: Iterable[str]) -> None:
        """Remember ids whose records are acknowledged."""
        self._known.update(dict.fromkeys(ids))
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]
