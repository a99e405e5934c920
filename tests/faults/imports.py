"""An import that is killed again and again, while the people it reads come, change and go."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial

import psutil

from streams.simulator import SimulatorOptions
from streams.simulator.world import utc_now
from tests.faults.arena import MEMORY_BYTES, Arena, Row
from tests.faults.subject import IMPORT_KILLS
from tests.integration.harness import Worker, until
from tests.integration.importing import Crowd, Import, differing

TAGS = ("vip", "gold")
#: A tag that is none of the job's, so that it may vanish as a whole.
OTHER_TAG = "new"
TIED = 3000
A_SECOND = 400
PAUSE_SECONDS = 0.02
POINT_SECONDS = 10.0
PREFIX = "import_killed_"
#: Points that a process comes to once, or seldom.
AT_ONCE = frozenset({"import_killed_while_restoring", "import_killed_before_tombstones"})


class Changes:
    """People who change all the time, and how often they did."""

    def __init__(self, infobip: Crowd, chance: random.Random, people: int) -> None:
        self.seen: Counter[str] = Counter()
        #: Who was gone for the job at some time, or may have been.
        self.left: set[str] = set()
        self._infobip, self._chance = infobip, chance
        self._there = list(range(people))
        self._next = people
        began = utc_now() - timedelta(days=1)
        infobip.create(range(TIED), began, TAGS)
        for first in range(TIED, people, A_SECOND):
            tags = chance.choice((TAGS, TAGS[:1], (OTHER_TAG, TAGS[1]), (OTHER_TAG,)))
            infobip.create(range(first, min(first + A_SECOND, people)), began + timedelta(seconds=1 + first), tags)

    def make_one(self) -> None:
        """Change some people in one of the ways there are."""
        chance, infobip = self._chance, self._infobip
        some = chance.sample(self._there, chance.randrange(1, 20))
        kind = chance.choices(
            ("changed", "created", "deleted", "tagged", "untagged", "changed at once", "tag deleted"),
            (30, 10, 3, 10, 10, 0.3, 0.3),
        )[0]
        self.seen[kind] += 1
        name = f"Name{self.seen.total()}"
        match kind:
            case "changed":
                infobip.change(some, firstName=name)
            case "changed at once":
                infobip.change(chance.sample(self._there, 2500), firstName=name)
            case "created":
                infobip.create(range(self._next, self._next + len(some)), None, [chance.choice(TAGS)])
                self._there += range(self._next, self._next + len(some))
                self._next += len(some)
            case "deleted":
                self._note(some)
                infobip.delete(*some)
                self._there = sorted(set(self._there) - set(some))
            case "tagged":
                infobip.tag(chance.choice((*TAGS, OTHER_TAG)), *some)
            case "untagged":
                self._note(some)
                infobip.untag(chance.choice(TAGS), *some)
            case "tag deleted":
                infobip.tag(OTHER_TAG)
                infobip.do(lambda: infobip.simulator.account.delete_tag(OTHER_TAG))

    def _note(self, numbers: list[int]) -> None:
        self.left.update(str(self._infobip.person_id(number)) for number in numbers)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Change people all the while, on a thread of its own."""
        ended = threading.Event()
        failures: list[Exception] = []

        def change() -> None:
            try:
                while not ended.wait(PAUSE_SECONDS):
                    self.make_one()
            except Exception as failure:  # noqa: BLE001 - told below
                failures.append(failure)

        changing = threading.Thread(target=change)
        changing.start()
        try:
            yield
        finally:
            ended.set()
            changing.join()
        assert not failures, failures[0]


class Pair:
    """Two processes that always run, of which one works; and the most memory that any of them took."""

    def __init__(self, made: Import, infobip: Crowd, chance: random.Random, pages: int) -> None:
        self.killed: Counter[str] = Counter()
        self.peak = 0
        self._made, self._infobip, self._chance, self._pages = made, infobip, chance, pages
        self._points: dict[Worker, str] = {}
        self._running = [self._start(place) for place in range(2)]

    def lose_one(self) -> None:
        """Kill the process that works, or let it come to its named point; another takes its place."""
        self.until(lambda: bool(self._made.owners), "one of the processes works", 60)
        # Of two who said so the later one is meant: it has taken over from the other.
        victim = max(self._made.owners, key=lambda worker: worker.log.stat().st_mtime_ns)
        target = self._infobip.listings + self._chance.randrange(1, self._pages)
        point = self._points[victim]
        deadline = time.monotonic() + POINT_SECONDS

        def is_over() -> bool:
            late = time.monotonic() > deadline if point else self._infobip.listings >= target
            return late or victim.process.poll() is not None

        self.until(is_over, "it dies, or pages are read", 60)
        code = victim.process.poll()
        assert code in (None, -9), f"it ended with {code}, see {victim.log}"
        victim.kill()
        self.killed["at random" if code is None else point] += 1
        place = self._running.index(victim)
        self._running[place] = self._start(place)

    def until(self, condition: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait, and look at the memory meanwhile."""

        def look() -> bool:
            for worker in self._running:
                with suppress(psutil.Error):
                    self.peak = max(self.peak, psutil.Process(worker.process.pid).memory_info().rss)
            return condition()

        until(look, what, seconds)

    def in_peace(self) -> None:
        """Have two in their places that nothing befalls."""
        for worker in self._running:
            worker.kill()
        self._running = [self._made.start(), self._made.start()]

    def stop(self) -> list[int]:
        """Stop both; their exit codes."""
        return [worker.stop() for worker in self._running]

    def _start(self, place: int) -> Worker:
        chance, started = self._chance, len(self._points)
        point = IMPORT_KILLS[started % len(IMPORT_KILLS)] if chance.random() < 0.7 else ""
        hits = 1 if point in AT_ONCE else chance.randrange(1, 12)
        # Most have a name, under which the next one works at once; for the others the session has to pass.
        instance = f"p{place}" if chance.random() < 0.8 else None
        worker = self._made.start(instance=instance, point=f"{point}:{hits}" if point else None)
        self._points[worker] = point
        return worker


def import_killed(arena: Arena) -> Row:
    """Two processes; the one that works is killed again and again. In the end the contacts equal Infobip."""
    chance, kills = arena.chance("imports"), arena.size(5, 20)
    people = arena.size(20_000, 100_000)
    job = {
        "tags": list(TAGS),
        "keep_updated": True,
        "every_seconds": 1,
        "detect_deletions": True,
        "sweep_every_seconds": 3,
        "max_deletions": "50%",  # runs that are killed leave the next one more to delete
    }
    with arena.import_scene(SimulatorOptions(limits=None, latency_seconds=0.02), **job) as (infobip, made):
        changes = Changes(infobip, chance, people)
        pair = Pair(made, infobip, chance, people // 800)
        with changes.going_on():
            while pair.killed.total() < kills:
                pair.lose_one()
        calm_since = utc_now()
        pair.in_peace()
        pair.until(partial(_swept, made, calm_since), "a run that reads everybody has begun and ended since", 120)
        assert pair.stop() == [0, 0]
        wrong, repeated = differing(made, infobip, *TAGS), made.repeated()
        assert not wrong, f"{len(wrong)} contacts are not as Infobip has them, such as {wrong[:3]}"
        assert repeated == 0, f"{repeated} versions were written twice"
        gone = made.tombstones()
        assert set(gone) <= changes.left, f"{len(set(gone) - changes.left)} were taken for gone who never were"
        assert made.dead_letters() == []
        assert pair.peak < MEMORY_BYTES, f"{pair.peak / 1e6:.0f} MB were taken"
        points = ", ".join(
            f"{name.removeprefix(PREFIX).replace('_', ' ')} {n}" for name, n in sorted(pair.killed.items())
        )
        return Row(
            f"kill -9, {kills} times ({points}), while {changes.seen.total():,} changes were made to {people:,} people",
            f"contacts equal Infobip: {len(made.view()):,}; no version twice in {len(made.contacts()):,} records, "
            f"{len(gone):,} of them tombstones; at most {pair.peak / 1e6:.0f} MB",
        )


def _swept(made: Import, since: datetime) -> bool:
    """Whether a run that reads everybody has begun since, and ended: none that began so late is the first one."""
    assert made.alive, "both processes ended: see their logs"
    cursor = made.cursor()
    return cursor is not None and cursor.swept_at is not None and cursor.swept_at > since
