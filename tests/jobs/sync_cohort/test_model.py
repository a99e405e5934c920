"""Whatever is said, refused, lost and killed: in the end the members of each list are those of a model."""

from collections.abc import Iterator

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas.operations import ADD_TO_LIST, CREATE_LIST, REMOVE_FROM_LIST, Operation
from streams.calls.call import LOST, Call, Reply
from streams.jobs.sync_cohort import records
from streams.jobs.sync_cohort.cohort import Cohort
from tests.examples import examples
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step as Word
from tests.jobs.sync_cohort.cohorts import NOW, Table, enters, exits

AUDIENCES = st.sampled_from(["vip", "new"])
PROFILES = st.sampled_from(["ann", "bo", "cy", "di"])
#: Some that two profiles may share, and one that Infobip refuses.
ADDRESSES = st.sampled_from(["one@example.com", "two@example.com", "4930901820", "refused"])
OPERATIONS = st.sampled_from([CREATE_LIST, ADD_TO_LIST, REMOVE_FROM_LIST])


class Cohorts(RuleBasedStateMachine):
    """Profiles enter, exit and change their address; calls are made one by one, spoilt or not; leaders change."""

    @initialize()
    def begin(self) -> None:
        self.table = Table(infobip=Infobip.simulated(limits=None), takes=0.0)
        self.model: dict[str, dict[str, str]] = {}
        self.marks = 0

    @rule(audience=AUDIENCES, profile=PROFILES, address=ADDRESSES)
    def enter(self, audience: str, profile: str, address: str) -> None:
        self.model.setdefault(audience, {})[profile] = address
        self.table.say(enters(profile, address, audience))

    @rule(audience=AUDIENCES, profile=PROFILES)
    def leave(self, audience: str, profile: str) -> None:
        self.model.get(audience, {}).pop(profile, None)
        self.table.say(exits(profile, audience))

    @rule()
    def mark(self) -> None:
        self.marks += 1
        self.table.say(records.mark("session", self.marks))

    @rule(operation=OPERATIONS)
    def call(self, operation: Operation) -> None:
        for cohort in self._waiting(operation):
            self.table.call(operation, cohort)

    @rule(operation=OPERATIONS, profile=PROFILES, audience=AUDIENCES, address=ADDRESSES)
    def call_while_somebody_changes(self, operation: Operation, profile: str, audience: str, address: str) -> None:
        for cohort in self._waiting(operation):
            step = self.table.mirror.begin(operation, cohort)
            self.table.keep(self.table.mirror.intent(step, NOW))
            reply = self.table.answer(step)
            self.enter(audience, profile, address)
            told = self.table.mirror.absorb(step, reply, self.table.now, NOW)
            self.table.keep(told.kept)

    @rule(operation=OPERATIONS, audience=AUDIENCES, profile=PROFILES, address=ADDRESSES, gone=st.booleans())
    def killed_after_a_call(
        self,
        operation: Operation,
        audience: str,
        profile: str,
        address: str,
        gone: bool,  # noqa: FBT001 - as hypothesis calls
    ) -> None:
        for cohort in self._waiting(operation):
            step = self.table.mirror.begin(operation, cohort)
            self.table.keep(self.table.mirror.intent(step, NOW))
            self.table.answer(step)
            break
        self.leave(audience, profile) if gone else self.enter(audience, profile, address)
        self.table.begin()

    @rule(compacted=st.booleans())
    def another_leads(self, compacted: bool) -> None:  # noqa: FBT001 - as hypothesis calls
        if compacted:
            self.table.compact()
        self.table.begin()

    @rule(audience=AUDIENCES)
    def vanish(self, audience: str) -> None:
        self.table.vanish(f"[Kafka] {audience}")

    @rule()
    def the_answer_to_a_create_is_lost(self) -> None:
        for cohort in self._waiting(CREATE_LIST):
            step = self.table.mirror.begin(CREATE_LIST, cohort)
            self.table.keep(self.table.mirror.intent(step, NOW))
            self.table.answer(step)
            assert self.table.mirror.absorb(step, Reply(LOST), 0.0, NOW).in_doubt

    @rule(operation=st.sampled_from([ADD_TO_LIST, REMOVE_FROM_LIST]))
    def a_whole_call_is_refused_for_one(self, operation: Operation) -> None:
        def refuse(call: Call) -> Word | None:
            many = call.operation == operation and call.items > 1
            return Reply(400, {"requestError": {"serviceException": {"messageId": "BAD_REQUEST"}}}) if many else None

        self.table.infobip.meets = refuse
        self._settle()
        self.table.infobip.meets = lambda _: None

    @rule()
    def settle(self) -> None:
        self._settle()
        wanted = {audience: set(profiles.values()) - {"refused"} for audience, profiles in self.model.items()}
        there = {name.removeprefix("[Kafka] "): ids for name, ids in self.table.at_infobip.items()}
        assert {name: ids for name, ids in there.items() if ids} == {name: ids for name, ids in wanted.items() if ids}
        done = self.table.lists.get(records.key_of(records.DONE, "session"))
        assert self.marks == 0 or (done is not None and orjson.loads(done)["number"] == self.marks)

    @invariant()
    def nobody_is_inside_twice(self) -> None:
        for cohort in self.table.mirror.cohorts.values():
            assert cohort.adds.keys().isdisjoint(cohort.removes)
            assert not (cohort.inside - cohort.unsure) & cohort.adds.keys()
            assert cohort.removes.keys() <= cohort.inside | cohort.unsure
            assert not cohort.flying

    def _settle(self) -> None:
        for audience in list(self.table.mirror.in_doubt):
            cohort = self.table.mirror.cohort(audience)
            self.table.keep(self.table.mirror.found(cohort, self.table.list_named(cohort.name)).kept)
        # A list that has vanished is noticed when it is used: so everybody enters it once more, and nobody else.
        for cohort in self.table.mirror.cohorts.values():
            if cohort.list_id is not None and self.table.infobip.account.lists.of(cohort.list_id) is None:
                self.table.say(enters("extra", "extra@example.com", cohort.audience))
                self.table.settle()
                self.table.say(exits("extra", cohort.audience))
        self.table.settle()
        self.table.keep(self.table.mirror.done())

    def _waiting(self, operation: Operation) -> Iterator[Cohort]:
        doubted = self.table.mirror.in_doubt if operation == CREATE_LIST else set()
        return iter([cohort for cohort, _ in self.table.mirror.waiting(operation) if cohort.audience not in doubted])


TestCohorts = Cohorts.TestCase
TestCohorts.settings = examples(200, stateful_step_count=40, deadline=None)
