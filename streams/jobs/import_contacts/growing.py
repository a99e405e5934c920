"""A set that only grows, and whose earlier states stay what they were."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import islice


class Growing(AbstractSet[str]):
    """A set of names; with more of them it is another set, for the price of those and not of all.

    All states share one dictionary, in the order in which names came. A state is its beginning, so that a name is in it
    where its number is small enough. Only if two states grow out of one is the second copied.
    """

    __slots__ = ("_numbers", "_size")

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        for name in names:
            self._numbers.setdefault(name, len(self._numbers))
        self._size = len(self._numbers)

    def and_these(self, names: Iterable[str]) -> "Growing":
        """The set with these names in it, too."""
        alone = len(self._numbers) == self._size
        numbers = self._numbers if alone else {name: number for number, name in enumerate(self)}
        for name in names:
            numbers.setdefault(name, len(numbers))
        grown = Growing()
        grown._numbers, grown._size = numbers, len(numbers)
        return grown

    def __contains__(self, name: object) -> bool:
        number = self._numbers.get(name) if isinstance(name, str) else None
        return number is not None and number < self._size

    def __iter__(self) -> Iterator[str]:
        return islice(self._numbers, self._size)

    def __len__(self) -> int:
        return self._size
