"""The simulated Infobip, without a network."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote

import orjson

from streams.calls.call import Call, Reply
from streams.simulator.account import Account
from streams.simulator.endpoints import ENDPOINTS, Ask
from streams.simulator.options import SimulatorOptions
from tests.making import Talk

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Simulated(Talk):
    """Answers as the simulated Infobip does, without a network."""

    account: Account = field(default_factory=lambda: Account(SimulatorOptions()))

    def answer(self, call: Call) -> Reply:
        name = unquote(call.path.split("/")[4]) if call.operation.name in ("add_tag", "remove_tag") else ""
        answer = ENDPOINTS[call.operation.name](self.account, Ask(NOW, name, call.query, orjson.dumps(call.body)))
        return Reply(answer.status, orjson.loads(orjson.dumps(answer.body)))
