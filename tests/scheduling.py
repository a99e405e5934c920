"""Which process of a run gets which tests: one by one in their order, but those that share what is dear to make."""

from collections.abc import Mapping
from typing import Any

from xdist.scheduler import LoadScopeScheduling

#: Fixtures that should be made in one process only, and where the tests stand that need them.
TOGETHER: Mapping[str, tuple[str, ...]] = {
    "secured": ("integration/test_secured.py", "integration/test_permissions.py"),
    "postgresql": ("integration/test_history.py", "integration/test_history_funnel.py"),
    "own_broker": (
        "integration/test_truncated_log.py",
        "::test_brokers_that_are_away_have_infobip_come_again",
        "::test_brokers_that_are_away_are_a_reason_until_they_are_back",
        "::test_what_is_promised_holds_though_the_broker_stops",
        "::test_it_keeps_address_and_data_over_restarts_and_kills",
        "::test_brokers_that_stand_still_for_a_while_are_waited_for",
    ),
}


def group_of(test: str) -> str:
    """Return the group of a test by its id; most are alone in theirs."""
    return next((group for group, places in TOGETHER.items() if any(place in test for place in places)), test)


class TogetherOrAlone(LoadScopeScheduling):  # type: ignore[misc] # xdist says no types
    """Hands out the larger groups first; whoever is done gets the next."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Forget a group that is done: all that were given to a process are counted with every test of its."""
        super().mark_test_complete(node, item_index, duration)
        given, group = self.assigned_work[node], group_of(self.registered_collections[node][item_index])
        if all(given[group].values()):
            del given[group]
