"""The WhatsApp templates of the account's senders."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from streams.errors import ConfigurationError

BUSINESS_ACCOUNT = 222
CREATED_AT = "2024-01-01T00:00:00.000+0000"

Standing = Literal[
    "APPROVED",
    "IN_APPEAL",
    "PENDING",
    "REJECTED",
    "PENDING_DELETION",
    "DELETED",
    "REINSTATED",
    "FLAGGED",
    "FIRST_PAUSED",
    "SECOND_PAUSED",
    "DISABLED",
]


class Template(BaseModel):
    """A template as it is seeded; `structure` is shown as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=512)
    language: str = "en"
    status: Standing = "APPROVED"
    category: Literal["MARKETING", "AUTHENTICATION", "UTILITY"] = "MARKETING"
    structure: dict[str, Any] = {"body": {"text": "Hello {{1}}"}, "type": "TEXT"}


_TEMPLATES = TypeAdapter(list[Template])


class Templates:
    """Templates by sender; of one name and language there is one."""

    def __init__(self, seeds: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._by_sender: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
        self._last_id = 110
        for sender, templates in seeds.items():
            self.seed(sender, list(templates))

    def seed(self, sender: str, templates: Any) -> int:
        """Register a sender with templates, which take the place of their namesakes; return how many there were."""
        try:
            read = _TEMPLATES.validate_python(templates)
        except ValidationError as error:
            wrong = error.errors()[0]
            place = ".".join(map(str, wrong["loc"]))
            raise ConfigurationError([f"whatsapp templates of {sender}: {place}: {wrong['msg']}"]) from error
        held = self._by_sender.setdefault(sender, {})
        for each in read:
            self._last_id += 1
            held[each.name, each.language] = {
                "id": str(self._last_id),
                "businessAccountId": BUSINESS_ACCOUNT,
                **each.model_dump(),
                "quality": "UNKNOWN",
                "createdAt": CREATED_AT,
                "lastUpdatedAt": CREATED_AT,
            }
        return len(read)

    def of(self, sender: str) -> list[dict[str, Any]] | None:
        """Return the templates of a sender as the API shows them, None when there is no such sender.

        Until senders are registered, everybody is one, without templates.
        """
        held = self._by_sender.get(sender, None if self._by_sender else {})
        return None if held is None else list(held.values())
