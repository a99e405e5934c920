"""The statuses that a message can have, in the order that it goes through them: it never goes back.

What is known of a message is the highest status that anybody told of it. So it is the same in whatever order reports
come, and however often. Groups and ids: https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.records.campaign_event import CampaignStatus
from schemas.records.message_outcome import OutcomeName
from streams.channels.statuses import DUPLICATE, STATUSES

NOT_SENT: Final = 1
PENDING: Final = 2
EXPIRED_UNKNOWN: Final = 3
EXPIRED: Final = 4
UNDELIVERABLE: Final = 5
REJECTED: Final = 6
DELIVERED_TO_OPERATOR: Final = 7
DELIVERED: Final = 8
BOUNCED: Final = 9

#: What is higher wins. Delivery beats every failure: of the parts of a long SMS, or the channels of a failover, one may
#: fail after another arrived. That a report never came (29) is the weakest end. An email's late bounce comes after its
#: delivery by nature, and takes it back once for all.
BY_GROUP: Mapping[int, int] = {0: PENDING, 1: PENDING, 2: UNDELIVERABLE, 3: DELIVERED, 4: EXPIRED, 5: REJECTED}
BY_STATUS: Mapping[tuple[int, int | None], int] = {
    (3, 2): DELIVERED_TO_OPERATOR,
    (4, 29): EXPIRED_UNKNOWN,
    (5, DUPLICATE): 0,  # the answer to a second try: it says nothing of the first
}
OUTCOMES: Mapping[int, OutcomeName] = {
    NOT_SENT: "REJECTED",
    EXPIRED_UNKNOWN: "EXPIRED",
    EXPIRED: "EXPIRED",
    UNDELIVERABLE: "UNDELIVERABLE",
    REJECTED: "REJECTED",
    DELIVERED_TO_OPERATOR: "DELIVERED",
    DELIVERED: "DELIVERED",
    BOUNCED: "UNDELIVERABLE",
}
CAMPAIGN_STATUSES: Mapping[int, CampaignStatus] = {
    NOT_SENT: "enqueue_failed",
    EXPIRED_UNKNOWN: "failed",
    EXPIRED: "failed",
    UNDELIVERABLE: "failed",
    REJECTED: "rejected",
    DELIVERED_TO_OPERATOR: "delivered",
    DELIVERED: "delivered",
    BOUNCED: "failed",
}


class Standing(NamedTuple):
    """What is known of a message's delivery; times in Unix microseconds."""

    rank: int
    done_at_us: int | None = None
    status_id: int | None = None
    status_name: str | None = None
    status_description: str | None = None
    error_id: int | None = None
    error_name: str | None = None
    error_description: str | None = None
    parts: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether Infobip reported an end."""
        return self.rank >= EXPIRED_UNKNOWN


def rank_of(group_id: int | None, status_id: int | None, *, bounced: bool = False) -> int:
    """How far a status is; 0 for one that says nothing."""
    if bounced:
        return BOUNCED
    if group_id is None:
        known = None if status_id is None else STATUSES.get(status_id)
        group_id = -1 if known is None else known.group_id
    found = BY_STATUS.get((group_id, status_id))
    return BY_GROUP.get(group_id, 0) if found is None else found


def further(known: Standing | None, told: Standing) -> Standing | None:
    """What is known after another status was told; of two alike, the one that is done later, then by their ids."""
    if told.rank == 0:
        return known
    if known is None or told.rank > known.rank:
        return told
    return told if told.rank == known.rank and _order(told) > _order(known) else known


def _order(standing: Standing) -> tuple[int, int, int]:
    return standing.done_at_us or 0, standing.status_id or 0, standing.error_id or 0
