"""Infobip fails for one person only; or a gateway in front of it says for a while that there is no such thing."""

import time
from functools import partial

from tests.faults.arena import Arena, Row, let_pass, until_called
from tests.faults.duet import Duet, duet
from tests.faults.model import Event, Model
from tests.integration.harness import SimulatorThread, until

#: What gateways answer in the place of whom they stand for.
STRANGE = ("status=404,html=true", "status=404,family=classic", "status=405,family=classic", "status=410,html=true")
EVENTS = 200
#: A refused key is asked for again once a minute; so may this be.
BACK_SECONDS = 150.0
#: How Infobip chokes on one person: on what carries an email, or a number.
CHOKES = ("status=500", "outage", "status=503,html=true")
#: Until all others are done, and after how many seconds somebody on whom Infobip chokes is given up.
OTHERS_SECONDS, GIVEN_UP_SECONDS = 60.0, 20


def gateway_says_no(arena: Arena) -> Row:
    """Every call is answered 404 and the like for a while, in the middle of the work; then all is well again."""
    seconds = arena.size(10, 60)
    model, back = Model(arena.chance("gateway"), people=100), list[float]()
    with duet(arena) as (infobip, made):
        worker = made.start(point="nothing:1:quick" if arena.short else None)
        made.put(model.next(EVENTS))
        model.settle(made, infobip)
        for answers in [STRANGE[:2]] if arena.short else [STRANGE[:1], STRANGE[1:2], STRANGE[2:]]:
            with until_called(infobip, "upsert_persons", 1):
                made.put(model.next(EVENTS))
            for answer in answers:
                infobip.do(infobip.simulator.faults.clear)
                infobip.do(partial(infobip.simulator.faults.add, f"*:{answer}"))
                made.put(model.next(EVENTS))
                let_pass(seconds / len(answers))
            infobip.do(infobip.simulator.faults.clear)
            began = time.monotonic()
            model.settle(made, infobip, BACK_SECONDS)
            back.append(time.monotonic() - began)
            assert worker.process.poll() is None, f"it ended, see {worker.log}"
        assert made.counted("job_failed") == 0, f"a job has failed, see {worker.log}"
        assert made.dead_letters() == [], "events were given up"
        assert {job["state"] for job in made.statuses()} == {"running"}
        assert worker.stop() == 0
        model.check(made, infobip)
    return Row(
        f"{len(back)} times {seconds} s of 404 and the like, as pages and as JSON, to every call",
        f"{model.number:,} events, none lost, none given up, {len(model.messages):,} messages, none twice; "
        f"went on by itself within {max(back):.0f} s",
    )


def one_person_chokes(arena: Arena) -> Row:
    """Infobip fails whenever one person is in the body, and works for all others; in the end that one is given up."""
    model, others, later, given_up = Model(arena.chance("poison"), people=100), list[float](), list[float](), 0
    with duet(arena, give_up_after={"seconds": GIVEN_UP_SECONDS}) as (infobip, made):
        worker = made.start()
        made.put(model.next(EVENTS))
        model.settle(made, infobip)
        for choke in CHOKES[:1] if arena.short else CHOKES:
            (poison,) = model.newcomers(1)
            _choke_on(infobip, poison, choke)
            began = time.monotonic()
            made.put([*model.next(EVENTS // 2), poison, *model.next(EVENTS // 2)])
            model.settle(made, infobip, OTHERS_SECONDS, committed=False)
            others.append(time.monotonic() - began)
            began = time.monotonic()
            made.put(model.next(EVENTS))  # what comes behind it
            model.settle(made, infobip, OTHERS_SECONDS, committed=False)
            later.append(time.monotonic() - began)
            given_up += 1
            until(partial(_letters, made, given_up), "it is given up by both jobs", 6 * GIVEN_UP_SECONDS)
            model.settle(made, infobip)
            infobip.do(infobip.simulator.faults.clear)
        assert worker.stop() == 0
        letters = [(letter.job, letter.key) for letter in made.dead_letters()]
        assert len(letters) == len(set(letters)) == 2 * given_up, f"{len(letters)} dead letters, not {2 * given_up}"
        model.check(made, infobip)
    return Row(
        f"{given_up} people in turn on whom Infobip chokes ({', '.join(CHOKES[:given_up])})",
        f"all others done within {max(others):.0f} s, those that came later within {max(later):.0f} s; each of "
        f"the {given_up} in one dead letter of each job",
    )


def _choke_on(infobip: SimulatorThread, poison: Event, choke: str) -> None:
    profile = poison["profile"]
    for operation, said in (("upsert_persons", profile["email"]), ("send_sms", profile["phone"].lstrip("+"))):
        infobip.do(partial(infobip.simulator.faults.add, f"{operation}:{choke},containing={said}"))


def _letters(made: Duet, people: int) -> bool:
    return len(made.dead_letters()) >= 2 * people
