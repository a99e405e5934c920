"""The lists of Infobip's API that come in pages, as its published OpenAPI has them, and how each is asked for.

Whether what is not in it pages, only its answer can tell. `tests/schemas/test_paging.py` holds it against the OpenAPI.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: What says where a page begins: its number, how many items come before it, or what the page before said.
Place = Literal["page", "offset", "cursor"]


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is asked for page by page.

    `place` and `size` are the parameters that say where a page begins and how many items it may have. `first` is the
    number of the first page. `size_max` is the largest size that is published, None where none is. `always` is what
    else is to be said for the list to page. `items` is what the list is called in an answer that is none itself.
    """

    place: Place
    size: str
    first: int = 0
    size_max: int | None = None
    always: Mapping[str, str] = field(default_factory=dict, hash=False)
    items: str = "results"


#: The logs of all channels but those of version 1, which do not page.
_LOGS = Paging("cursor", "limit", size_max=1000, always={"useCursor": "true"})


def _of(size_max: int | None, first: int = 0, size: str = "size", items: str = "results") -> Paging:
    return Paging("page", size, first, size_max, items=items)


def _people(items: str) -> Paging:
    """people.json, version 2."""
    return Paging("page", "limit", first=1, size_max=1000, items=items)


def _numbers(items: str) -> Paging:
    """numbers.json, which names no largest size."""
    return Paging("page", "limit", items=items)


#: By method and path, in which a segment in braces stands for any.
PAGED: Mapping[tuple[str, str], Paging] = {
    ("GET", "/people/2/persons"): _people("persons"),
    ("GET", "/people/2/companies"): _people("companies"),
    ("GET", "/people/2/tags"): _people("tags"),
    ("GET", "/people/2/customAttributes"): _people("customAttributes"),
    ("GET", "/people/3/segments"): _of(1000),
    ("GET", "/people/3/segments/{segmentId}/persons"): _of(1000),
    ("GET", "/peopleevents/2/definitions"): Paging("offset", "limit"),
    ("GET", "/sms/3/logs"): _LOGS,
    ("GET", "/mms/2/logs"): _LOGS,
    ("GET", "/rcs/2/logs"): _LOGS,
    ("GET", "/viber/2/logs"): _LOGS,
    ("GET", "/viber-bot/1/logs"): _LOGS,
    ("GET", "/kakao-alim/1/logs"): _LOGS,
    ("GET", "/kakao-chingu/1/logs"): _LOGS,
    ("GET", "/kakao-sangdam/1/logs"): _LOGS,
    ("GET", "/email/4/logs"): _LOGS,
    ("GET", "/email/2/validations"): Paging("cursor", "size", size_max=1000),
    ("GET", "/email/1/domains"): _of(20),
    ("GET", "/email/1/suppressions"): _of(1000),
    ("GET", "/email/1/suppressions/domains"): _of(None),
    ("GET", "/email/1/ip-management/paginated/ips"): _of(100),
    ("GET", "/email/1/ip-management/paginated/pools"): _of(100),
    ("GET", "/email/1/templates"): _of(20),
    ("GET", "/kakao-brand-messages/1/templates"): _of(None, first=1),
    ("GET", "/numbers/1/numbers"): _numbers("numbers"),
    ("GET", "/numbers/1/numbers/available"): _numbers("numbers"),
    ("GET", "/numbers/2/numbers/{numberKey}/sms"): _numbers("configurations"),
    ("GET", "/numbers/2/numbers/{numberKey}/mms"): _numbers("configurations"),
    ("GET", "/number-registration/1/brands"): _of(2000),
    ("GET", "/number-registration/1/brands/{brandId}/vets"): _of(2000),
    ("GET", "/number-registration/1/campaigns"): _of(2000),
    ("GET", "/number-registration/1/number-pools"): _of(1000),
    ("GET", "/rcs/1/senders"): _of(100),
    ("GET", "/rcs/1/senders/providers"): _of(200, size="pageSize"),
    ("GET", "/rcs/1/senders/{senderName}/test-numbers"): _of(100),
    ("POST", "/resources/1/resources"): _of(None),
    ("GET", "/resources/1/requests"): _of(2000),
    ("GET", "/subscriptions/1/subscription/{channel}"): _of(100),
    ("GET", "/subscriptions/1/profiles"): _of(100),
    ("GET", "/subscriptions/1/security"): _of(100),
    ("GET", "/subscriptions/1/certificates"): _of(100),
    ("GET", "/subscriptions/1/certificates/status"): _of(100),
    ("GET", "/viber/1/senders/{sender}/templates"): _of(100, items="templates"),
    ("GET", "/whatsapp/1/templates"): _of(100),
}


def paging_of(method: str, path: str) -> Paging | None:
    """How a list pages; None where the OpenAPI has no such list. What stands behind a question mark is no path."""
    segments = path.partition("?")[0].split("/")
    return next((one for (verb, listed), one in PAGED.items() if verb == method and _is_of(listed, segments)), None)


def _is_of(listed: str, segments: list[str]) -> bool:
    ours = listed.split("/")
    return len(ours) == len(segments) and all(
        one in (other, "") or (one.startswith("{") and other) for one, other in zip(ours, segments, strict=True)
    )
