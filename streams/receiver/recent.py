"""What was written lately, so that what Infobip repeats is not written again."""

from collections.abc import Iterable

#: Ids, each of some hundred bytes of memory: about ten megabytes.
IDS_MAX = 100_000


class RecentIds:
    """The last ids that were written: half of `most` for certain, and not many more than `most`.

    They are forgotten by halves. To forget the oldest of a dict one by one takes the longer, the more were forgotten
    before: what is gone is looked through each time.
    """

    def __init__(self, most: int = IDS_MAX) -> None:
        self._half = most // 2
        self._newer: set[str] = set()
        self._older: set[str] = set()

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._newer or record_id in self._older

    def add(self, ids: Iterable[str]) -> None:
        """Remember ids whose records are acknowledged."""
        self._newer.update(ids)
        if len(self._newer) >= self._half:
            self._older, self._newer = self._newer, set()
