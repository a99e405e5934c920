"""Made-up people and what they do, the same every time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST = ("Ann", "Ben", "Chloe", "Dario", "Edda", "Farid", "Grace", "Hana", "Ivo", "Jana")
LAST = ("Novak", "Okafor", "Silva", "Tanaka", "Urban", "Weber", "Yilmaz", "Zhang")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
#: The first of four million numbers that exist by their plan: what reads a number knows them at a glance.
PHONE = 14_155_550_000


def profile(number: int) -> dict[str, Any]:
    """The profile of one made-up person."""
    return {
        "email": f"person{number}@example.com",
        "phone": f"+{PHONE + number}",
        "first_name": FIRST[number % len(FIRST)],
        "last_name": LAST[number // len(FIRST) % len(LAST)],
        "lifetime_value": round(10 + number * 1.5 % 1000, 2),
    }


def event(number: int, action: str, audience: str = "vip", **changes: Any) -> dict[str, Any]:
    """One membership event; `changes` replace fields of the profile."""
    return {
        "event_id": f"{audience}-{action}-{number}",
        "action": action,
        "audience": audience,
        "profile_id": f"u-{number}",
        "occurred_at": (BEGAN + timedelta(seconds=number)).isoformat(),
        "profile": {**profile(number), **changes},
    }


def enters(people: int) -> Iterator[dict[str, Any]]:
    """Everybody enters."""
    return (event(number, "enter") for number in range(people))


def exits(people: int, every: int) -> Iterator[dict[str, Any]]:
    """Every so manieth leaves."""
    return (event(number, "exit") for number in range(0, people, every))


def without_address(first: int, people: int) -> Iterator[dict[str, Any]]:
    """Somebody who can be reached neither by email nor by phone enters."""
    return (event(number, "enter", email="no address", phone=None) for number in range(first, first + people))


def shipments(orders: int, without_phone: int) -> Iterator[dict[str, Any]]:
    """An order ships for so many people; the last of them have given no phone number."""
    for number in range(orders + without_phone):
        phone = {"phone": None} if number >= orders else {}
        yield event(number, "enter", "order_shipped", order_id=f"A-{1000 + number}", **phone)
