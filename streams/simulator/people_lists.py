"""The lists of a simulated account: each is a tag, and the ids that were added to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.simulator.model import Tag


@dataclass(frozen=True, slots=True)
class PeopleList:
    """One list: a tag, and the person of each id that was added, as it was written."""

    tag: Tag
    ids: dict[str, int] = field(default_factory=dict)


class Lists:
    """The lists of one account by their ids, which are those of their tags; who deletes a tag deletes its list."""

    def __init__(self, tags: Mapping[str, Tag]) -> None:
        self._tags = tags
        self._made: dict[int, PeopleList] = {}

    def make(self, tag: Tag) -> int:
        """Make a list of a new tag; its id."""
        self._made[tag.id] = PeopleList(tag)
        return tag.id

    def of(self, list_id: str) -> PeopleList | None:
        """The list of an id; none where its tag is gone."""
        found = self._made.get(int(list_id)) if list_id.isascii() and list_id.isdigit() else None
        return found if found is not None and self._tags.get(found.tag.name.casefold()) is found.tag else None

    def shown(self) -> Iterator[dict[str, Any]]:
        """Every list that is there, for people and for tests."""
        for list_id in self._made:
            if (found := self.of(str(list_id))) is not None:
                yield {"listId": list_id, "name": found.tag.name, "ids": list(found.ids)}
