"""Three brokers that keep copies of each other's partitions: any of them is lost, or the wrong one is believed."""

import time
from functools import partial

from streams.simulator import SimulatorOptions
from tests.faults.arena import Arena, Row, until_called
from tests.faults.duet import Crew, Duet, duet
from tests.faults.model import Model, acted_upon, marks, messages_said
from tests.integration.cluster import NODES, Cluster, cluster
from tests.integration.harness import SimulatorThread, until
from tests.integration.importing import differing

EVENTS = 300
IMPORT = {"kind": "import_contacts", "authorization": "main", "keep_updated": True, "every_seconds": 1}


def brokers_killed(arena: Arena) -> Row:
    """One broker after the other is killed and comes back, while an export, a send and an import work."""
    chance, kills = arena.chance("brokers"), arena.size(3, 18)
    model, caught_up = Model(chance, people=100), list[float]()
    with (
        cluster(arena.own_folder()) as brokers,
        duet(
            arena,
            SimulatorOptions(limits=None, latency_seconds=0.05),
            broker=brokers.bootstrap,
            copies=NODES,
            topic_config={"min.insync.replicas": "2"},
        ) as (infobip, made),
    ):
        made.configuration["authorizations"][0]["limits"]["list_persons"] = 1000
        made.configuration["jobs"].append({"name": f"{made.name}-import", **IMPORT})
        crew = Crew(made, 2)
        made.put(model.next(EVENTS))
        model.settle(made, infobip)
        for number in range(kills):
            with until_called(infobip, "upsert_persons", chance.randrange(1, 4)):
                made.put(model.next(EVENTS))
            node = brokers.nodes[number % NODES]
            node.kill()
            began = time.monotonic()
            made.put(model.next(EVENTS))
            # Half of the time it is back before the others have noticed, half of the time all is done without it.
            if chance.random() < 0.5:
                model.settle(made, infobip)
                caught_up.append(time.monotonic() - began)
            node.start()
            until(partial(_whole, brokers, made), "all copies are whole again")
            crew.revive()
        model.settle(made, infobip)
        until(lambda: not differing(made, infobip), "the contacts are as Infobip has the people", 90)
        assert made.repeated() == 0, f"{made.repeated()} versions of contacts were written twice"
        crew.stop()
        assert made.counted("job_failed") == 0, f"a job has failed; see {made.folder}"
        model.check(made, infobip)
        contacts = len(made.view())
    return Row(
        f"{kills} kills of one of {NODES} brokers in turn; 3 copies, of which 2 must be there",
        f"{model.number:,} events, none lost; {len(model.messages):,} messages, none twice; {contacts:,} contacts "
        f"equal Infobip; without the one that is gone, all caught up within {max(caught_up, default=0.0):.0f} s; "
        f"{crew.ended} processes were started again",
    )


def _whole(brokers: Cluster, made: Duet) -> bool:
    return all(len(copies) == NODES for copies in brokers.in_sync(made.topic).values())


def leader_unclean(arena: Arena) -> Row:
    """A broker that has missed events leads: the log ends before what was committed, and goes on from there."""
    times = arena.size(1, 6)
    model, cut = Model(arena.chance("unclean")), 0
    unclean = {"unclean.leader.election.enable": "true", "min.insync.replicas": "1"}
    with (
        # The first elects the leaders, alone, and has no copy of the input: the others can do nothing about it.
        cluster(arena.own_folder(), controllers=1, min_insync=1) as brokers,
        duet(arena, broker=brokers.bootstrap, copies=NODES, partitions=2) as (infobip, made),
    ):
        input_topic = made.make_topic(f"{made.name}.unclean", unclean, [[2, 3], [2, 3]])
        made.change_both(topics=[input_topic])
        crew = Crew(made, 1)
        made.put(model.count(model.newcomers(EVENTS)), input_topic)
        model.settle(made, infobip)
        for number in range(times):
            leader, other = (1, 2) if number % 2 == 0 else (2, 1)
            until(partial(_led_by, brokers, input_topic, leader), "the right one leads")
            # Only the leader has these; they are acted upon and committed, and then they are gone.
            brokers.nodes[other].pause()
            until(partial(_alone, brokers, input_topic, leader), "the leader has no copies")
            gone = model.newcomers(EVENTS)
            made.put(gone, input_topic, acks="1", counts=False)
            until(partial(_acted, infobip, marks(gone)), "they are acted upon")
            until(lambda: made.behind() == 0, "they are committed")
            model.perhaps |= marks(gone)
            brokers.nodes[leader].kill()
            brokers.nodes[other].resume()
            until(partial(_led_by, brokers, input_topic, other), "the other one leads")
            cut += len(gone)
            told = made.counted("log_truncated")
            made.put(model.count(model.newcomers(EVENTS // 2)), input_topic)
            model.settle(made, infobip)
            assert made.counted("log_truncated") > told, f"the log does not say log_truncated; see {made.folder}"
            brokers.nodes[leader].start()
            until(partial(_both, brokers, input_topic), "both have all of it")
            crew.revive()
        crew.stop()
        said = messages_said(infobip)
        assert max(said.values()) == 1, "somebody was messaged twice"
        assert made.counted("job_failed") == 0, f"a job has failed; see {made.folder}"
    return Row(
        f"{times} times the log was cut behind what was committed, {cut:,} events of it in all",
        f"{model.number - cut:,} events are in the log, and all were delivered; {said.total():,} messages, none twice; "
        f"told each time; {crew.ended} processes were started again",
    )


def _alone(brokers: Cluster, topic: str, leader: int) -> bool:
    return all(list(copies) == [leader] for copies in brokers.in_sync(topic).values())


def _both(brokers: Cluster, topic: str) -> bool:
    return all(list(copies) == [1, 2] for copies in brokers.in_sync(topic).values())


def _led_by(brokers: Cluster, topic: str, leader: int) -> bool:
    return set(brokers.leaders(topic).values()) == {leader}


def _acted(infobip: SimulatorThread, wanted: set[str]) -> bool:
    return wanted <= acted_upon(infobip)
