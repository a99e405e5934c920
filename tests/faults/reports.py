"""Reports are posted while receivers are killed, the brokers are away and answers are lost: each comes to Kafka."""

import random
from functools import partial
from typing import Any

import httpx

from streams.simulator import SimulatorOptions
from tests.contents import send_job
from tests.faults.arena import Arena, Row, let_pass
from tests.faults.feedback import check_reports, counted, ends_told
from tests.integration.harness import Corridor, SimulatorThread, Worker, until
from tests.integration.reporting import listens, with_webhooks

#: What becomes of messages, by the last digit of their number.
FATES = ("*1=undeliverable", "*2=rejected", "*3=expired")
#: Answers lost once all is written, and posts made twice, of all posts.
LOST, TWICE = 0.05, 0.02
#: An hour of waiting until a post is tried again takes six seconds.
SCALE = 600.0
MESSAGES = 1000
KEY = {"Authorization": "App demo-key"}
#: Every so manieth message is told of on its way, too.
TOLD_TWICE = 5


def receivers_killed(arena: Arena) -> Row:
    """Two receivers share a port; again and again one is killed in the middle, and the brokers go away for a while."""
    chance, kills, away = arena.chance("reported"), arena.size(2, 20), arena.size(3, 60)
    spoilt = tuple(f"posts:{kind},seed={arena.seed}" for kind in _kinds())
    options = SimulatorOptions(
        limits=None, report_delay_seconds=0.05, time_scale=SCALE, fates=FATES, numbers=None, faults=spoilt
    )
    with arena.scene(options) as (infobip, made):
        made.configuration["jobs"] = [send_job("sms", made.topic, "shipped", name=made.name)]
        struck = Struck(infobip, made, arena.size(4_000, 100_000) // (kills + 2))
        for number in range(kills):
            struck.kill_one(chance)
            if number == kills // 2:
                arena.node.stop()
                struck.post()
                let_pass(away)
                arena.node.start()
        struck.post()
        until(lambda: counted(infobip, "pending") == 0, "all is told", 600)
        struck.stop()
        made_up = {word: counted(infobip, word) for word in ("made", "posted", "dropped", "nowhere")}
        assert made_up["dropped"] == made_up["nowhere"] == 0, "Infobip gave up"
        told = ends_told(infobip)
        assert len(told) == made_up["made"]
        records = check_reports(made, told).total()
        assert made.dead_letters() == []
    return Row(
        f"kill -9 of one of two receivers, {kills} times, brokers away for {away} s, {LOST:.0%} of answers lost",
        f"{len(told):,} reports, posted {made_up['posted']:,} times: each at least once, in {records:,} records, and "
        "once by its report_id; none made up",
    )


def _kinds() -> tuple[str, ...]:
    return (f"lose_answer,probability={LOST}", f"twice,probability={TWICE}")


class Struck:
    """Two receivers on one port, and messages whose reports go there."""

    def __init__(self, infobip: SimulatorThread, made: Corridor, step: int) -> None:
        self._infobip, self._made, self._step = infobip, made, step
        self._address = with_webhooks(made)
        self._posted = 0
        self._receivers = [self._start(), self._start()]
        listens(self._address)

    def post(self) -> None:
        """Send some messages; Infobip will tell of them."""
        end = self._posted + self._step
        for begin in range(self._posted, end, MESSAGES):
            body = {"messages": [self._message(number) for number in range(begin, min(begin + MESSAGES, end))]}
            answer = httpx.post(f"{self._infobip.url}/sms/3/messages", json=body, headers=KEY, timeout=60)
            assert answer.status_code == 200, answer.text[:500]
        self._posted = end

    def kill_one(self, chance: random.Random) -> None:
        """Kill one of the two in the middle of it, at a moment of chance, and start another in its place."""
        place = chance.randrange(2)
        victim = self._receivers[place]
        until(partial(victim.said, "receiver_started"), f"it listens, see {victim.log}")
        target = counted(self._infobip, "acknowledged") + chance.randrange(1, self._step)
        self.post()
        until(lambda: counted(self._infobip, "acknowledged") >= target, "reports are taken")
        victim.kill()
        self._receivers[place] = self._start()

    def stop(self) -> None:
        """Stop both in order."""
        for receiver in self._receivers:
            until(partial(receiver.said, "receiver_started"), f"it listens, see {receiver.log}")
            assert receiver.stop() == 0, f"it did not end well, see {receiver.log}"

    def _start(self) -> Worker:
        return self._made.start(command="receive")

    def _message(self, number: int) -> dict[str, Any]:
        delivery = {"url": f"{self._address}/reports/sms", "intermediateReport": number % TOLD_TWICE == 0}
        return {
            "sender": "Acme",
            "destinations": [{"to": f"44791{number:07d}", "messageId": f"m-{number}"}],
            "content": {"text": "Hello"},
            "webhooks": {"delivery": delivery, "callbackData": f"number {number}"},
        }
