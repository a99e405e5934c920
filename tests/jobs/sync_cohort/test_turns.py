"""One owner of a key's turns: calls as full and as close as they may be, and none too fast."""

from itertools import pairwise
from math import inf

from schemas.operations import ADD_TO_LIST, CREATE_LIST, REMOVE_FROM_LIST
from streams.jobs.sync_cohort.turns import Turns, Waiting, choose
from tests.jobs.sync_cohort.cohorts import OPERATIONS, Table, cohort_job, enters, exits

INTERVALS = {one: 1 / one.per_second for one in OPERATIONS}


def test_sixty_thousand_members_take_at_most_a_tenth_longer_than_the_limits_ask_for_and_nothing_is_too_fast() -> None:
    table = Table(kind=True)
    table.say(*(enters(f"u{number}") for number in range(60_000)))
    began = table.now
    table.settle()
    ideal = 2 + 59 * 10
    assert ideal <= table.now - began <= 1.1 * ideal
    assert (table.too_fast, len(table.mirror.cohort("vip").inside)) == (0, 60_000)
    assert [len(step.ids) for _, step in table.sent if step.operation == ADD_TO_LIST] == [1000] * 60


def test_sixty_thousand_members_of_six_audiences_take_no_longer_and_half_of_them_leave_meanwhile() -> None:
    table = Table(kind=True)
    table.say(*(enters(f"u{number}", audience=f"a{number % 6}") for number in range(60_000)))
    table.settle()
    began = table.now
    table.say(*(exits(f"u{number}", audience=f"a{number % 6}") for number in range(0, 60_000, 2)))
    table.settle()
    assert table.now - began <= 1.1 * 30 * 5
    assert table.too_fast == 0
    assert [len(step.ids) for _, step in table.sent if step.operation == REMOVE_FROM_LIST] == [1000] * 30
    left = {f"a{number}": 10_000 if number % 2 else 0 for number in range(6)}
    assert {audience: len(cohort.inside) for audience, cohort in table.mirror.cohorts.items()} == left


def test_whoever_leads_next_waits_as_long_as_the_last_call_may_have_been_made_ago() -> None:
    table = Table(takes=0.0)
    for number in range(5):
        table.begin()
        table.say(*(enters(f"{number}-{other}") for other in range(1000)))
        table.settle()
    assert [step.operation for _, step in table.sent] == [CREATE_LIST, *[ADD_TO_LIST] * 5]
    assert table.too_fast == 0


def test_a_call_that_is_not_full_waits_for_company_a_second_and_no_longer_than_an_interval() -> None:
    turns = Turns(INTERVALS, 0.0)
    now = 100.0
    assert choose(turns, ADD_TO_LIST, [("a", Waiting(999, now, now))], now) == now + 0.1 * turns.interval(ADD_TO_LIST)
    assert choose(turns, ADD_TO_LIST, [("a", Waiting(999, now - 2, now - 1.1))], now) == "a"
    assert choose(turns, ADD_TO_LIST, [("a", Waiting(999, now - 10.2, now))], now) == "a"
    assert choose(turns, ADD_TO_LIST, [("a", Waiting(1000, now, now))], now) == "a"
    assert choose(turns, ADD_TO_LIST, [], now) == inf


def test_the_fullest_goes_first_but_nobody_waits_for_ever() -> None:
    turns, now = Turns(INTERVALS, 0.0), 1_000.0
    full, few = ("full", Waiting(5000, now - 50, now)), ("few", Waiting(3, now - 60, now - 60))
    assert choose(turns, ADD_TO_LIST, [few, full], now) == "full"
    starved = ("starved", Waiting(3, now - 130, now - 130))
    assert choose(turns, ADD_TO_LIST, [full, starved], now) == "starved"


def test_two_jobs_of_a_key_share_its_turns() -> None:
    one, other = Table(takes=0.0), Table(takes=0.0, job=cohort_job(name="other", list_name="Other {audience}"))
    for table in (one, other):
        table.say(*(enters(f"u{number}") for number in range(3000)))
        table.call(CREATE_LIST, table.mirror.cohort("vip"))
    turns = other.turns = one.turns
    now, sent = one.now + 100, list[float]()
    while len(sent) < 6:
        waiting = [((table, who), each) for table in (one, other) for who, each in table.mirror.waiting(ADD_TO_LIST)]
        choice = choose(turns, ADD_TO_LIST, waiting, now)
        if isinstance(choice, float):
            now = choice
            continue
        table, cohort = choice
        table.now = now
        sent.append(now)
        table.call(ADD_TO_LIST, cohort)
    assert [round(later - earlier, 2) for earlier, later in pairwise(sent)] == [10.12] * 5
    assert [len(table.at_infobip[table.mirror.cohort("vip").name]) for table in (one, other)] == [3000, 3000]
