"""Who of a group's members reads which partitions: spread evenly, or those together that belong to one state."""

from collections.abc import Mapping
from typing import Any

from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata


class Assignor(RoundRobinPartitionAssignor):  # type: ignore[misc] # aiokafka is untyped here
    """The usual assignor; a member that has something new to say makes the brokers share out the partitions again."""

    def __init__(self) -> None:
        self.said = b""

    def metadata(self, topics: Any) -> Any:
        """What the member tells of itself."""
        return ConsumerProtocolMemberMetadata(self.version, sorted(topics), self.said)


class TogetherAssignor(AbstractPartitionAssignor):  # type: ignore[misc] # aiokafka is untyped here
    """Gives a member all partitions whose numbers leave the same rest, divided by the partitions of one topic.

    So whoever has a partition of that topic has all that is joined in it, also where topics have more partitions or
    fewer. Members of a group must all share out in this way.
    """

    name = "together"
    version = 0

    def __init__(self, anchor: str) -> None:
        self.said = b""
        self._anchor = anchor

    def metadata(self, topics: Any) -> Any:
        """What the member tells of itself."""
        return ConsumerProtocolMemberMetadata(self.version, sorted(topics), self.said)

    def assign(self, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        """Share out what the cluster has; nothing while it does not tell of the topic that the others go by."""
        groups, names = len(cluster.partitions_for_topic(self._anchor) or ()), sorted(members)
        shares: dict[str, dict[str, list[int]]] = {name: {} for name in names}
        for topic in sorted({topic for one in members.values() for topic in one.subscription}):
            for number in sorted(cluster.partitions_for_topic(topic) or ()) if groups else ():
                owner = names[number % groups * len(names) // groups]
                shares[owner].setdefault(topic, []).append(number)
        return {
            name: ConsumerProtocolMemberAssignment(self.version, sorted(shares[name].items()), b"") for name in names
        }

    def on_assignment(self, assignment: Any) -> None:
        """Take note of nothing."""
