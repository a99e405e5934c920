"""Events of people who get a message once a day."""

from datetime import UTC, datetime

from tests.making import message_id

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC).timestamp()
DAY = 86_400


def id_of(number: int, profile_id: str = "ann") -> str:
    return message_id("orders", f"e-{number}", profile_id, "vip")
