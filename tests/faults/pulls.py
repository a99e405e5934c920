"""Reports are asked for while whoever asks is killed: Infobip tells each once, and the logs have what was lost."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from streams.receiver.open_messages import FINAL_GROUPS
from streams.simulator import SimulatorOptions
from tests.contents import send_job
from tests.faults.arena import Arena, Row
from tests.faults.feedback import REPORTS, Follower, check_reports, counted, ends_told, read_json
from tests.faults.reports import FATES
from tests.faults.subject import FEEDBACK_KILLS
from tests.integration.harness import Corridor, SimulatorThread, Worker, until
from tests.integration.sends import enter

#: Answers lost of all that tell reports: what they told is told no more.
LOST = 0.05
WEBHOOKS = {"mode": "pull", "every_seconds": 0.2, "gap_after": {"seconds": 3}}
#: What is due is asked for after three seconds, six, twelve, and so on.
FOUND_SECONDS = 300.0


def pullers_killed(arena: Arena) -> Row:
    """Of two processes that send, the one that asks is killed, at random or between an answer and its record."""
    kills, total = arena.size(2, 20), arena.size(1_500, 100_000)
    spoilt = f"pull_sms_reports:lose_answer,probability={LOST},seed={arena.seed}"
    options = SimulatorOptions(limits=None, report_delay_seconds=0.1, fates=FATES, faults=(spoilt,))
    with arena.scene(options) as (infobip, made):
        made.configuration["jobs"] = [send_job("sms", made.topic, "shipped", name=made.name)]
        made.configuration["webhooks"] = WEBHOOKS
        # The logs take two questions a second of Infobip's own, which would take an hour.
        made.configuration["authorizations"][0]["limits"] = {"list_sms_logs": 1000}
        pair = Pair(infobip, made, arena.chance("pulled"), total // (kills + 1))
        while pair.killed.total() < kills:
            pair.kill_the_leader(always_named=arena.short)
        pair.publish()
        until(lambda: pair.lives_on() and made.lag() == 0, "all is sent", 240)
        told = ends_told(infobip)
        _until_all_end(made, len(told), pair)
        pair.stop()
        sources = check_reports(made, told)
        assert len(told) == pair.published
        assert sources["logs"] > 0, "nothing was lost"
        lost = infobip.count("pull_sms_reports", "lost")
    points = ", ".join(
        f"{name.removeprefix('feedback_').replace('_', ' ')} {n}" for name, n in sorted(pair.killed.items())
    )
    return Row(
        f"kill -9 of the one of two that asks, {pair.killed.total()} times ({points}), {lost:,} answers lost",
        f"{len(told):,} messages, each with its report: {sources['pull']:,} records of reports asked for, "
        f"{sources['logs']:,} of the logs; once by report_id, none made up",
    )


def _until_all_end(made: Corridor, messages: int, pair: "Pair") -> None:
    """Wait until every message has a final report."""
    ended, follower = set[str](), Follower(made, REPORTS)

    def all_end() -> bool:
        for report in map(read_json, follower.more()):
            if report["status_group_id"] in FINAL_GROUPS:
                ended.add(report["message_id"])
        return pair.lives_on() and len(ended) >= messages

    try:
        until(all_end, "every message has its report", FOUND_SECONDS)
    except AssertionError as late:
        left = [value for value in map(read_json, made.read("infobip_messages")) if value["message_id"] not in ended]
        raise AssertionError(f"{late}: of {len(left)} there is none, such as {left[:1]}") from late
    finally:
        follower.close()


class Pair:
    """Two processes that send the same job, of which one asks for reports; and events."""

    def __init__(self, infobip: SimulatorThread, made: Corridor, chance: random.Random, step: int) -> None:
        self.killed: Counter[str] = Counter()
        self.published = 0
        self._infobip, self._made, self._chance, self._step = infobip, made, chance, step
        self._points = ["", ""]
        self._workers = [self._start(place, FEEDBACK_KILLS, named=True) for place in range(2)]

    def publish(self) -> None:
        """Have some more people enter."""
        end = self.published + self._step
        self._made.publish(enter(number) for number in range(self.published, end))
        self.published = end

    def kill_the_leader(self, *, always_named: bool) -> None:
        """Kill the one that asks in the middle of it, unless it dies at its point; and start another in its place."""
        before = [*map(_pulls, self._workers)]
        self.publish()
        until(lambda: self._has_died() or self._leader(before) is not None, "somebody asks")
        leader = self._leader(before)
        # One that has a point is given the time to come to it.
        most = self._step if leader is not None and self._points[leader] else self._step // 2
        target = counted(self._infobip, "pulled") + self._chance.randrange(most // 2, most)
        until(lambda: self._has_died() or self._has_pulled(target), "reports come")
        if not self._has_died():
            leader = self._leader(before)
            assert leader is not None
            self._workers[leader].kill()
            self._points[leader] = "at random"
        self._revive(lambda: always_named or self._chance.random() < 0.75, (*FEEDBACK_KILLS, ""))

    def lives_on(self) -> bool:
        """Start one again that came to its point late; always true."""
        self._revive(lambda: True, ("",))
        return True

    def stop(self) -> None:
        """Stop both in order."""
        until(
            lambda: self.lives_on() and all(worker.said("partitions_assigned") for worker in self._workers), "they work"
        )
        assert [worker.stop() for worker in self._workers] == [0, 0]

    def _revive(self, is_named: Callable[[], bool], points: Sequence[str]) -> None:
        for place, worker in enumerate(self._workers):
            if worker.process.poll() is not None:
                self.killed[self._points[place]] += 1
                self._workers[place] = self._start(place, points, named=is_named())

    def _start(self, place: int, points: Sequence[str], *, named: bool) -> Worker:
        """Start one: most have a name and ask again at once; when others are missed, the other one asks."""
        self._points[place] = point = self._chance.choice(points)
        armed = f"{point}:{self._chance.choice((1, 1, 2, 3))}" if point else None
        worker = self._made.start(instance=f"p{place}" if named else None, point=armed)
        until(partial(_works, worker), f"it works, see {worker.log}")
        return worker

    def _leader(self, before: list[int]) -> int | None:
        more = [_pulls(worker) - had for worker, had in zip(self._workers, before, strict=True)]
        return more.index(max(more)) if max(more) > 0 else None

    def _has_died(self) -> bool:
        return any(worker.process.poll() is not None for worker in self._workers)

    def _has_pulled(self, target: int) -> bool:
        return counted(self._infobip, "pulled") >= target or counted(self._infobip, "pending") == 0


def _works(worker: Worker) -> bool:
    return worker.process.poll() is not None or worker.said("partitions_assigned")


def _pulls(worker: Worker) -> int:
    return worker.log.read_text().count("reports_pulled")
