"""Messages are followed and kept while processes are killed: each is told of once, and each record stored once."""

import random
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from tests.faults.arena import Arena, Row
from tests.faults.feedback import Follower, read_json
from tests.faults.lives import Life, lives, mixed
from tests.integration.harness import Corridor, Worker, until
from tests.integration.keeping import ID_OF, Keeping
from tests.integration.postgresql import PostgreSQL
from tests.integration.tracking import OUTCOMES, REPORTS, Tracking, tracking

#: All is told and stored within it, whatever else the machine does.
PATIENCE_SECONDS = 900.0
SEEN_TABLE = "omni_reports"


def trackers_killed(arena: Arena) -> Row:
    """Two processes follow messages; again and again one is killed in the middle, and once its store is deleted."""
    chance, kills, count = arena.chance("tracked"), arena.size(2, 20), arena.size(6_000, 100_000)
    folder = arena.own_folder()
    with tracking(arena.bootstrap, folder, folder.name) as one:
        one.create()
        struck = Struck(one, chance, count // (kills + 1))
        for number in range(kills):
            struck.kill_one(delete_store=number == kills // 2)
        struck.tell()
        struck.join_and_leave()
        until(struck.all_said, "all is told of", PATIENCE_SECONDS)
        struck.stop()
        outcomes, events = struck.check()
        stored = kept(arena, one.made, max(1, kills // 4))
    return Row(
        f"kill -9 of one of two that follow messages, {kills} times, the stores once deleted, and a third comes and "
        "goes; then of those that keep their history",
        f"{struck.told:,} messages, {struck.records:,} records in any order: {outcomes:,} outcomes and {events:,} "
        f"campaign events for who reads what is committed: none twice, none taken back, none missing; {stored}",
    )


class Struck:
    """Two processes that follow messages, and what is told and said."""

    def __init__(self, one: Tracking, chance: random.Random, step: int) -> None:
        self._one, self._chance, self._step = one, chance, step
        self._lives: dict[str, Life] = {}
        self._said: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._waited_for: set[str] = set()
        self.records = 0
        self._workers = [self._start(), self._start()]
        until(lambda: all(worker.said("partitions_assigned") for worker in self._workers), "both have partitions")
        self._outcomes = Follower(one.made, OUTCOMES)

    @property
    def told(self) -> int:
        """How many messages there are."""
        return len(self._lives)

    def tell(self) -> None:
        """Tell of some messages more."""
        more = lives(self._chance, range(self.told, self.told + self._step))
        told = list(mixed(self._chance, more))
        self.records += len(told)
        self._lives |= {life.message_id: life for life in more}
        self._waited_for |= {life.message_id for life in more}
        self._one.tell(*told)

    def kill_one(self, *, delete_store: bool) -> None:
        """Kill one in the middle of it, and start another in its place."""
        place = self._chance.randrange(2)
        victim = self._workers[place]
        until(partial(victim.said, "partitions_assigned"), f"it has partitions, see {victim.log}")
        target = len(self._said) + self._chance.randrange(1, self._step)
        self.tell()
        until(lambda: self._look() >= min(target, self.told), "messages are told of", PATIENCE_SECONDS)
        victim.kill()
        if delete_store:
            for store in self._one.stores():
                shutil.rmtree(store)
        self._workers[place] = self._start()

    def join_and_leave(self) -> None:
        """Have a third process come, and go in order: partitions move twice."""
        third = self._start()
        until(partial(third.said, "partitions_assigned"), "the third has partitions")
        assert third.stop() == 0

    def all_said(self) -> bool:
        """Whether the last word on every message says all of it."""
        self._look()
        self._waited_for = {one for one in self._waited_for if not self._is_said(one)}
        return not self._waited_for

    def stop(self) -> None:
        """Stop both in order."""
        for worker in self._workers:
            until(partial(worker.said, "partitions_assigned"), f"it has partitions, see {worker.log}")
            assert worker.stop() == 0, f"it did not end well, see {worker.log}"

    def check(self) -> tuple[int, int]:
        """Fail unless every message is told of as it was; how many outcomes and campaign events there are."""
        self._look()
        self._outcomes.close()
        assert self._said.keys() == self._lives.keys(), "a message was made up"
        for message_id, said in self._said.items():
            assert self._lives[message_id].is_said(said[-1]), f"{message_id}: {said[-1]}"
            moves_forward(said)
        events = self._one.events()
        wanted = {(life.message_id, status) for life in self._lives.values() for status in life.events}
        assert set(events) == wanted, f"campaign events differ: {[*set(events) ^ wanted][:3]}"
        assert set(events.values()) == {1}, "a campaign event came twice"
        assert self._one.made.dead_letters() == []
        return sum(map(len, self._said.values())), events.total()

    def _look(self) -> int:
        for record in self._outcomes.more():
            said = read_json(record)
            self._said[said["message_id"]].append(said)
        return len(self._said)

    def _is_said(self, message_id: str) -> bool:
        said = self._said.get(message_id)
        return said is not None and self._lives[message_id].is_said(said[-1])

    def _start(self) -> Worker:
        return self._one.made.start()


def moves_forward(said: Sequence[Mapping[str, Any]]) -> None:
    """Fail where an outcome repeats the one before it, or takes back what that says."""
    for before, after in pairwise(said):
        changed = {name for name in after if after[name] != before[name]} - {"decided_at"}
        assert changed, f"told twice: {after}"
        assert (before["outcome"], before["final"]) == (after["outcome"], after["final"]), f"{before} became {after}"
        assert before["seen"] == "NOT_SEEN" or after["seen"] == "SEEN", f"no more seen: {after}"
        assert set(before["urls"]) <= set(after["urls"]), f"clicks are gone: {after}"
        assert before["reply"] in {None, after["reply"]}, f"another reply: {after}"


def kept(arena: Arena, made: Corridor, kills: int) -> str:
    """Keep all of it in both databases while who does it is killed; each record is one row then."""
    chance, server = arena.chance("kept"), PostgreSQL()
    try:
        server.start()
        server.anew()
        lite = Stored(made, "lite", f"sqlite:///{made.folder}/history.db")
        rows = lite.store(chance, kills, 1)
        assert Stored(made, "postgres", server.url).store(chance, kills, 2) == rows
    finally:
        server.end()
    return f"{rows:,} rows in SQLite and as many in PostgreSQL, each once, through {2 * kills} kills"


class Stored:
    """A database, and what is to be in it."""

    def __init__(self, made: Corridor, name: str, url: str) -> None:
        self._made, self._kept = made, Keeping(made, url)
        made.configuration["jobs"][0]["name"] = f"{made.name}-{name}"
        self._kept.migrate()
        self._wanted = {topic: self._kept.told(topic) for topic in ID_OF}

    def store(self, chance: random.Random, kills: int, processes: int) -> int:
        """Have so many processes store all, of which one is killed again and again; how many rows there are then."""
        rows = sum(map(len, self._wanted.values()))
        workers = [self._made.start() for _ in range(processes)]
        try:
            for number in range(1, kills + 1):
                target = rows * number // (kills + 1)
                until(lambda target=target: self._count() >= target, "rows are written", PATIENCE_SECONDS)  # type: ignore[misc]
                workers.pop(chance.randrange(processes)).kill()
                workers.append(self._made.start())
            until(lambda: self._count() >= rows, "all is stored", PATIENCE_SECONDS)
            assert {topic: self._ids(topic) for topic in ID_OF} == self._wanted
            assert [worker.stop() for worker in workers] == [0] * processes
        finally:
            self._kept.close()
        return rows

    def _ids(self, topic: str) -> list[str]:
        found = self._kept.ids(topic)
        if topic == REPORTS:  # of those that were seen, another table has the reports
            found += [row["report_id"] for row in self._kept.rows(SEEN_TABLE)]
        return sorted(found)

    def _count(self) -> int:
        return sum(map(self._kept.count, [*(table for table, _ in ID_OF.values()), SEEN_TABLE]))
