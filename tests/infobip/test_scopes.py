"""A key that lacks a scope holds back the calls that need it, and no others; one that is wrong holds back all."""

import asyncio
from itertools import pairwise

import pytest

from schemas.operations import LIST_SMS_LOGS, OPERATIONS, SEND_SMS
from streams.calls.call import Call, Reply
from streams.infobip.health import ClientState
from tests.fakes.clock import now, timeless
from tests.fakes.infobip import Infobip
from tests.infobip.asking import until

REFUSED = "the API key of authorization 'main' is refused"
NO_SMS = "the API key of authorization 'main' lacks the scope sms:message:send"
NO_EMAIL = "the API key of authorization 'main' lacks the scope email:message:send"


class Account(Infobip):
    """An account that knows the key, or does not, and has given it all scopes but some; a client of it."""

    def __init__(self) -> None:
        super().__init__(seconds=0.01)
        self.key_is_good = True
        self.missing: set[str] = set()
        self.asked: list[tuple[str, float, int]] = []
        self.states: list[ClientState] = []
        self.client = self.connect(
            limits={"upsert_persons": 1000, "list_sms_logs": 1000, "list_persons": 1000},
            on_state=self.states.append,
            wall_clock=lambda: 1_000.0,
        )

    def answer(self, call: Call) -> int:
        status = 401 if not self.key_is_good else 403 if call.operation.scope in self.missing else 200
        self.asked.append((call.operation.name, round(now(), 2), status))
        return status

    def soon(self, operation: str) -> asyncio.Task[Reply]:
        return asyncio.create_task(self.client.perform(Call(OPERATIONS[operation])))

    @property
    def state(self) -> tuple[str, str]:
        return self.client.state.kind, self.client.state.detail

    def told(self) -> list[tuple[str, str]]:
        return [(state.kind, state.detail) for state in self.states]


@timeless
async def test_calls_that_need_no_missing_scope_go_on() -> None:
    account = Account()
    account.missing = {"sms:message:send", "people:manage"}
    held = [account.soon("send_sms"), account.soon("upsert_persons")]
    await until(lambda: len(account.asked) == 2)
    await asyncio.sleep(1)
    others = ("list_sms_logs", "send_email", "send_mms", "send_viber", "list_persons", "list_whatsapp_templates")
    replies = await asyncio.gather(*map(account.soon, others))
    assert [reply.status for reply in replies] == [200] * len(others)
    assert now() < 2
    assert not any(task.done() for task in held)
    account.missing.clear()
    assert [reply.status for reply in await asyncio.gather(*held)] == [200, 200]
    assert now() == pytest.approx(60, abs=1)


@timeless
async def test_a_key_that_is_wrong_holds_back_all_and_one_asks_for_them() -> None:
    account = Account()
    account.key_is_good = False
    first = account.soon("send_sms")
    await asyncio.sleep(1)
    others = [account.soon(operation) for operation in ("upsert_persons", "send_email", "list_sms_logs")] * 2
    await asyncio.sleep(149)
    assert [(at, status) for _, at, status in account.asked] == [(0, 401), (60.01, 401), (120.02, 401)]
    account.key_is_good = True
    await asyncio.gather(first, *others)
    assert now() == pytest.approx(180, abs=2)
    assert account.told() == [("unauthorized", REFUSED), ("ok", "")]


@timeless
async def test_each_missing_scope_is_asked_for_once_a_minute() -> None:
    account = Account()
    account.missing = {"sms:message:send", "email:message:send"}
    held = [account.soon(operation) for operation in ("send_sms", "send_email") for _ in range(3)]
    await asyncio.sleep(300)
    for operation in ("send_sms", "send_email"):
        times = [at for asked, at, _ in account.asked if asked == operation]
        assert times[:3] == [0, 0, 0]
        distances = [later - earlier for earlier, later in pairwise(times[2:])]
        assert distances == pytest.approx([60] * 4, abs=0.1)
    account.missing = {"email:message:send"}
    await asyncio.gather(*held[:3])
    assert account.state == ("unauthorized", NO_EMAIL)
    account.missing.clear()
    await asyncio.gather(*held[3:])
    assert account.told() == [("unauthorized", NO_SMS), ("unauthorized", NO_EMAIL), ("ok", "")]


@timeless
async def test_a_key_found_wrong_while_a_scope_is_asked_for_holds_back_all() -> None:
    account = Account()
    account.missing = {"sms:message:send"}
    held = account.soon("send_sms")
    await asyncio.sleep(1)
    account.key_is_good = False
    await asyncio.sleep(60)  # the question for the scope is answered 401
    assert account.state == ("unauthorized", REFUSED)
    other = account.soon("upsert_persons")
    await asyncio.sleep(10)
    assert [operation for operation, _, _ in account.asked] == ["send_sms", "send_sms"]
    account.key_is_good, account.missing = True, set()
    await asyncio.gather(held, other)
    assert now() == pytest.approx(120, abs=1)
    assert account.state == ("ok", "")


@timeless
async def test_a_key_found_wrong_by_another_call_is_asked_about_by_one_alone() -> None:
    """Not by whoever waits for a scope besides."""
    account = Account()
    account.missing = {"sms:message:send"}
    held = account.soon("send_sms")
    await asyncio.sleep(30)
    account.key_is_good = False
    other = account.soon("upsert_persons")
    await asyncio.sleep(200)
    assert [status for _, _, status in account.asked] == [403, 401, 401, 401, 401]
    assert [at for _, at, _ in account.asked[1:]] == pytest.approx([30, 90, 150, 210], abs=0.1)
    assert account.state == ("unauthorized", REFUSED)
    account.key_is_good = True
    await other
    await asyncio.sleep(100)
    assert account.state == ("unauthorized", NO_SMS)
    assert not held.done()
    account.missing.clear()
    await held
    assert account.state == ("ok", "")


@timeless
async def test_a_scope_found_missing_while_the_key_is_asked_about_lets_the_others_go() -> None:
    account = Account()
    account.key_is_good = False
    held = account.soon("send_sms")
    await asyncio.sleep(1)
    others = [account.soon("upsert_persons"), account.soon("list_persons")]
    await asyncio.sleep(30)
    account.key_is_good, account.missing = True, {"sms:message:send"}
    await asyncio.gather(*others)
    assert now() == pytest.approx(60, abs=1)
    assert account.state == ("unauthorized", NO_SMS)
    assert not held.done()
    account.missing.clear()
    await held
    assert account.told() == [("unauthorized", REFUSED), ("unauthorized", NO_SMS), ("ok", "")]


@timeless
async def test_a_key_that_is_known_again_and_lacks_a_scope_is_told_of_as_such() -> None:
    account = Account()
    account.key_is_good = False
    held = account.soon("send_sms")
    await asyncio.sleep(30)
    account.key_is_good, account.missing = True, {"sms:message:send"}
    await asyncio.sleep(31)
    assert account.told() == [("unauthorized", REFUSED), ("unauthorized", NO_SMS)]
    assert (await account.soon("upsert_persons")).status == 200
    assert now() == pytest.approx(61, abs=0.1)
    held.cancel()


@timeless
async def test_a_call_that_is_answered_leaves_nothing_of_what_it_was_refused_for() -> None:
    """The key lacked its scope, then was wrong, and is good again; nobody else asks."""
    account = Account()
    account.missing = {"sms:message:send"}
    held = account.soon("send_sms")
    await asyncio.sleep(1)
    account.key_is_good = False
    gone = account.soon("upsert_persons")
    await asyncio.sleep(1)
    gone.cancel()
    account.key_is_good, account.missing = True, set()
    await held
    assert now() == pytest.approx(61, abs=0.1)
    assert account.state == ("ok", "")
    assert not account.client.waits


@timeless
async def test_a_scope_that_nobody_needs_any_more_is_nobodys_trouble() -> None:
    """The job that needs it was stopped, and those that go on are not told of it for ever."""
    account = Account()
    account.missing = {"sms:message:send"}
    held = [account.soon("send_sms") for _ in range(3)]
    await asyncio.sleep(30)
    for task in held:
        assert account.state == ("unauthorized", NO_SMS)
        task.cancel()
        await asyncio.sleep(1)
    assert account.state == ("ok", "")
    assert not account.client.waits
    account.missing.clear()
    assert (await account.soon("send_sms")).status == 200
    assert now() < 60


@pytest.mark.parametrize("moment", [30.0, 60.015], ids=["asleep", "on the wire"])
@timeless
async def test_who_is_called_off_while_it_asks_leaves_its_turn_to_the_next(moment: float) -> None:
    account = Account()
    account.missing = {"sms:message:send"}
    asking, waiting = account.soon("send_sms"), account.soon("send_sms")
    await asyncio.sleep(moment)
    asking.cancel()
    account.missing.clear()
    assert (await waiting).status == 200
    assert now() == pytest.approx(60, abs=0.1)
    assert account.state == ("ok", "")


@timeless
async def test_a_job_without_partitions_may_prove_its_key_by_the_logs() -> None:
    """Another job on the same key has none in this process, so that there are no events to ask about."""
    account = Account()
    account.client.set_share("other", (SEND_SMS, LIST_SMS_LOGS), 0, 8)
    assert (await account.client.ask(Call(LIST_SMS_LOGS))).status == 200
    assert now() < 1


@pytest.mark.parametrize(
    ("operation", "scope"),
    [
        ("send_sms", "sms:message:send"),
        ("list_sms_logs", "sms:logs:read"),
        ("send_mms", "mms:message:send"),
        ("upload_mms", "mms:manage"),
        ("send_viber", "viber-bm:message:send"),
        ("list_rcs_logs", "rcs:logs:read"),
        ("send_kakao_chingu", "kakao:message:send"),
        ("list_email_logs", "email:logs:read"),
        ("send_whatsapp_template", "whatsapp:message:send"),
        ("list_whatsapp_templates", "whatsapp:manage"),
        ("list_persons", "people:read"),
        ("upsert_persons", "people:manage"),
        ("get_tag", "people:read"),
        ("create_subscription", "subscriptions:manage"),
    ],
)
def test_an_operation_needs_the_least_scope_published_for_it(operation: str, scope: str) -> None:
    assert OPERATIONS[operation].scope == scope
