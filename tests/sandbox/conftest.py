"""A running simulator, and a client that shows answers as they are."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import orjson

from streams.sandbox.infobip import Simulator, SimulatorOptions

T = TypeVar("T")
UNLIMITED = SimulatorOptions(limits=None)


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer: its status, its body (parsed where it is JSON) and its headers."""

    status: int
    body: Any
    headers: dict[str, str]
    text: str
