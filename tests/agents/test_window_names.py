"""Windows by name: whoever takes a partition over is told of every window that may hold what is not committed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.agents.window_names import OFFSETS_AHEAD, WINDOWS_AHEAD, WindowNames
from streams.pipeline.offsets import Partition
from streams.pipeline.trails import Cursor, Trail, read_note, unknown, write_note

PLACES: list[Partition] = [("memberships", 0), ("memberships", 1), ("memberships", 2)]
ONE, OTHER, _ = PLACES


class Killed(Exception):
    """The process is no more."""


@dataclass
class Group:
    """What brokers keep of a group; a commit is taken, refused, or the last thing that a process does."""

    chance: Random = field(default_factory=lambda: Random(0))
    committed: dict[Partition, tuple[int, str]] = field(default_factory=lambda: dict.fromkeys(PLACES, (0, "")))
    ends: dict[Partition, int] = field(default_factory=lambda: dict.fromkeys(PLACES, 0))
    #: What this process has wanted to commit, which goes with a note alone.
    wanted: dict[Partition, int] = field(default_factory=dict)
    refused: float = 0.0
    killed: float = 0.0
    commits: int = 0
    #: One commit follows the other.
    turns: asyncio.Lock = field(default_factory=asyncio.Lock)

    def cursors(self) -> dict[Partition, Cursor]:
        return {key: Cursor(offset, note, self.ends[key]) for key, (offset, note) in self.committed.items()}

    async def keep(self, offsets: Mapping[Partition, int], notes: Mapping[Partition, str]) -> bool:
        self.commits += 1
        self.wanted.update(offsets)
        async with self.turns:
            await asyncio.sleep(0)
            return self._kept(notes)

    def _kept(self, notes: Mapping[Partition, str]) -> bool:
        dies = self.chance.random() < self.killed
        if dies and self.chance.random() < 0.5:
            raise Killed
        if self.chance.random() < self.refused:
            return False
        for key in notes:
            self.committed[key] = (max(self.wanted.get(key, 0), self.committed[key][0]), notes[key])
        if dies:
            raise Killed
        return True


@dataclass
class Life:
    """A process that launches windows, of whose messages some are sent, and commits what is done in any order."""

    group: Group
    names: WindowNames
    read: dict[Partition, int]
    #: By partition, in their order: the last offset of a window, and whether it is done.
    windows: dict[Partition, list[list[int]]] = field(default_factory=dict)

    async def launch(self, launched: list[tuple[str, Partition, int]]) -> None:
        chance = self.group.chance
        ranges = {}
        for key in PLACES:
            if chance.random() > (0.02 if key == PLACES[-1] else 0.6):
                continue
            first, last = (
                self.read[key],
                min(self.group.ends[key] - 1, self.read[key] + chance.choice([0, 3, 40, 1500])),
            )
            if first <= last:
                ranges[key] = first, last
        if not ranges or not await self.names.cover(ranges):
            return
        name = self.names.launch(ranges)
        for key, (_, last) in ranges.items():
            self.read[key] = last + 1
            self.windows.setdefault(key, []).append([last, 0])
            launched.append((name, key, last))

    async def commit(self) -> None:
        chance, offsets = self.group.chance, dict[Partition, int]()
        for key, windows in self.windows.items():
            for window in windows:
                window[1] = window[1] or chance.random() < 0.6
            while windows and windows[0][1]:
                offsets[key] = windows.pop(0)[0] + 1
        if offsets:
            await self.names.commit(offsets)


@settings(max_examples=200)
@given(st.integers(0, 2**32))
def test_whatever_was_launched_beyond_a_cursor_is_noted_by_its_name(seed: int) -> None:
    """Process after process is killed; each that follows is told where to look for what is not committed."""
    chance = Random(seed)
    group = Group(chance, refused=chance.choice([0, 0.2]), killed=chance.choice([0, 0.05]))
    group.committed = dict.fromkeys(PLACES, (0, write_note(0, [])))
    launched = list[tuple[str, Partition, int]]()

    async def live(run: str) -> None:
        names = WindowNames(run, group.keep, group.cursors)
        left, group.wanted, group.turns = names.begin(PLACES, ()), {}, asyncio.Lock()
        noted = {key: {name for trail in left[key] for name in trail.names} for key in PLACES}
        assert all(name in noted[key] for name, key, last in launched if last >= group.committed[key][0])
        await names.note_all()
        life = Life(group, names, {key: offset for key, (offset, _) in group.committed.items()})
        for _ in range(chance.randrange(250)):
            for key in PLACES:
                group.ends[key] += chance.choice([0, 5, 300])
            if chance.random() < 0.1:  # a commit is asked for while another is on its way
                await asyncio.gather(life.launch(launched), life.commit())
            else:
                await (life.launch(launched) if chance.random() < 0.7 else life.commit())

    for number in range(6):
        try:
            asyncio.run(live(f"run-{number}"))
        except Killed:
            continue


def begun(group: Group, run: str = "run-1", unread: list[Partition] | None = None) -> WindowNames:
    names = WindowNames(run, group.keep, group.cursors)
    names.begin(PLACES, PLACES if unread is None else unread)
    return names


def notes(group: Group, key: Partition = ONE) -> list[Trail] | None:
    offset, note = group.committed[key]
    return read_note(note, offset)


def test_a_window_is_launched_once_it_is_noted_and_hardly_any_waits_for_that() -> None:
    async def run() -> None:
        group = Group()
        names = begun(group)
        assert not names.covers({ONE: (0, 9)})
        assert await names.cover({ONE: (0, 9)})
        assert notes(group) == [Trail("run-1", 0, WINDOWS_AHEAD, 9 + OFFSETS_AHEAD)]
        for number in range(500):
            ranges = {ONE: (10 * number, 10 * number + 9)}
            assert await names.cover(ranges)
            assert names.launch(ranges) == f"run-1-{number}"
            await names.commit({ONE: 10 * number + 10})
        assert group.commits == 501

    asyncio.run(run())


def test_what_begins_is_noted_at_once_so_that_of_no_partition_it_is_unknown_for_long() -> None:
    async def run() -> None:
        group = Group()
        names = begun(group)
        await names.note_all()
        assert [notes(group, key) for key in PLACES] == 3 * [[Trail("run-1", 0, WINDOWS_AHEAD, OFFSETS_AHEAD)]]
        assert names.covers({ONE: (0, OFFSETS_AHEAD - 1), OTHER: (0, 9)})

    asyncio.run(run())


def test_what_is_not_noted_is_not_launched() -> None:
    async def run() -> None:
        group = Group(refused=1.0)
        names = begun(group)
        assert not await names.cover({ONE: (0, 9)})
        group.refused = 0.0
        assert await names.cover({ONE: (0, 9), OTHER: (0, 9)})
        assert not names.covers({ONE: (0, 9 + OFFSETS_AHEAD)})
        for _ in range(WINDOWS_AHEAD):
            names.launch({ONE: (0, 9)})
        assert not names.covers({OTHER: (0, 9)})

    asyncio.run(run())


def test_windows_that_others_left_are_noted_until_they_are_passed() -> None:
    async def run() -> None:
        group = Group(ends=dict.fromkeys(PLACES, 10_000))
        first = begun(group)
        await first.cover({ONE: (0, 499)})
        first.launch({ONE: (0, 499)})
        second = begun(group, "run-2", unread=[])
        assert second.begin(PLACES, [])[ONE] == [Trail("run-1", 0, WINDOWS_AHEAD, 499 + OFFSETS_AHEAD)]
        await second.cover({ONE: (0, 99)})
        second.launch({ONE: (0, 99)})
        await second.commit({ONE: 100})
        assert [one.run for one in notes(group) or ()] == ["run-1", "run-2"]
        await second.commit({ONE: 499 + OFFSETS_AHEAD})
        assert [one.run for one in notes(group) or ()] == ["run-2"]

    asyncio.run(run())


@pytest.mark.parametrize("note", ["", "somebody's own"])
def test_what_nobody_noted_is_unknown_until_it_is_passed(note: str) -> None:
    async def run() -> None:
        group = Group(committed={**dict.fromkeys(PLACES, (0, "")), ONE: (50, note)}, ends=dict.fromkeys(PLACES, 200))
        names = WindowNames("run-1", group.keep, group.cursors)
        assert names.begin(PLACES, [OTHER])[ONE] == [unknown(200)]
        await names.commit({ONE: 199})
        assert unknown(200) in (notes(group) or ())
        await names.commit({ONE: 200})
        assert unknown(200) not in (notes(group) or ())

    asyncio.run(run())


def test_a_commit_that_follows_the_note_of_a_window_knows_of_the_window() -> None:
    """Who reads on may read past what the commit allows for, and be killed in turn."""

    async def run() -> None:
        group = Group()
        names = begun(group)
        await names.cover({ONE: (0, 9)})
        names.launch({ONE: (0, 9)})
        far = {ONE: (10, 5 * OFFSETS_AHEAD)}

        async def launch_far() -> None:
            assert await names.cover(far)
            names.launch(far)

        await asyncio.gather(launch_far(), names.commit({ONE: 10}))
        assert group.committed[ONE][0] == 10
        assert [trail.below > far[ONE][1] for trail in notes(group) or ()] == [True]

    asyncio.run(run())
