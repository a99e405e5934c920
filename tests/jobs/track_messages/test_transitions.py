from itertools import permutations

import pytest

from streams.channels.statuses import STATUSES
from streams.jobs.track_messages.transitions import CAMPAIGN_STATUSES, OUTCOMES, Standing, further, rank_of
from tests.jobs.track_messages.tracking import World

#: From the weakest to the strongest word on a message, each with what is said of it: outcome, status name.
LADDER = [
    ((1, 26, "PENDING_ACCEPTED"), None),
    ((4, 29, "EXPIRED_DLR_UNKNOWN"), "EXPIRED"),
    ((4, 15, "EXPIRED_EXPIRED"), "EXPIRED"),
    ((2, 9, "UNDELIVERABLE_NOT_DELIVERED"), "UNDELIVERABLE"),
    ((5, 6, "REJECTED_NETWORK"), "REJECTED"),
    ((3, 2, "DELIVERED_TO_OPERATOR"), "DELIVERED"),
    ((3, 5, "DELIVERED_TO_HANDSET"), "DELIVERED"),
]


@pytest.mark.parametrize("first", range(len(LADDER)))
@pytest.mark.parametrize("second", range(len(LADDER)))
def test_the_stronger_word_stands_whichever_comes_first(first: int, second: int) -> None:
    world = World()
    world.message()
    world.report(*LADDER[first][0])
    world.report(*LADDER[second][0])
    (_, _, name), expected = LADDER[max(first, second)]
    said = [(one["outcome"], one["status_name"]) for one in world.outcomes()[-1:]]
    assert said == ([] if expected is None else [(expected, name)])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("DELIVERED_TO_HANDSET", "UNDELIVERABLE_NOT_DELIVERED", ["enqueued", "delivered"]),
        ("UNDELIVERABLE_NOT_DELIVERED", "DELIVERED_TO_HANDSET", ["enqueued", "failed", "delivered"]),
        ("EXPIRED_EXPIRED", "UNDELIVERABLE_NOT_DELIVERED", ["enqueued", "failed"]),
        ("DELIVERED_TO_OPERATOR", "DELIVERED_TO_HANDSET", ["enqueued", "delivered"]),
        ("REJECTED_NETWORK", "PENDING_ACCEPTED", ["enqueued", "rejected"]),
        ("PENDING_ACCEPTED", "EXPIRED_DLR_UNKNOWN", ["enqueued", "failed"]),
    ],
)
def test_a_part_that_fails_after_another_arrived_changes_nothing(first: str, second: str, expected: list[str]) -> None:
    by_name = {status[2]: status for status, _ in LADDER}
    world = World()
    world.message()
    world.report(*by_name[first])
    world.report(*by_name[second])
    assert world.statuses() == expected


def test_every_status_that_infobip_publishes_is_known() -> None:
    says_nothing = {status.id for status in STATUSES.values() if rank_of(status.group_id, status.id) == 0}
    assert says_nothing == {23}, "a repeated id is refused, and says nothing of the message"


@pytest.mark.parametrize("status", STATUSES.values(), ids=lambda status: str(status.id))
def test_a_status_without_its_group_is_known_by_its_id(status: object) -> None:
    known = next(one for one in STATUSES.values() if one is status)
    assert rank_of(None, known.id) == rank_of(known.group_id, known.id)


@pytest.mark.parametrize(("group", "status"), [(None, None), (9, 5), (None, 4711), (-1, None)])
def test_what_is_no_status_says_nothing(group: int | None, status: int | None) -> None:
    assert rank_of(group, status) == 0
    assert further(None, Standing(rank_of(group, status))) is None


def test_of_two_alike_the_later_stands_in_any_order() -> None:
    alike = [Standing(5, 1, 9, "A"), Standing(5, 2, 9, "B"), Standing(5, 2, 9, "C", error_id=4), Standing(5, None, 4)]
    ends = set()
    for order in permutations(alike):
        known = None
        for one in order:
            known = further(known, one)
        ends.add(known)
    assert ends == {alike[2]}


def test_every_end_has_its_outcome_and_its_campaign_status() -> None:
    assert OUTCOMES.keys() == CAMPAIGN_STATUSES.keys()
    meaning = {"DELIVERED": {"delivered"}, "EXPIRED": {"failed"}, "UNDELIVERABLE": {"failed"}}
    meaning["REJECTED"] = {"rejected", "enqueue_failed"}
    assert all(CAMPAIGN_STATUSES[rank] in meaning[outcome] for rank, outcome in OUTCOMES.items())
