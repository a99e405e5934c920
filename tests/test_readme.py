"""What the README shows is what there is."""

from pathlib import Path

from schemas.jobs.import_contacts import ImportContacts
from schemas.records.membership import MembershipEvent
from schemas.records.message import Message
from streams.config import load as config
from streams.jobs.shelf import lint
from tests.making import message_id

README = (Path(__file__).parents[1] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return [block.partition("```")[0] for block in README.split(f"```{language}\n")[1:]]


def test_its_configuration_has_no_fault_and_its_event_is_for_it() -> None:
    (text,) = blocks("yaml")
    read = config.parse(text, {"INFOBIP_API_KEY": "key"}, "README.md", lint)
    (block,) = [block for block in blocks("json") if '"action"' in block]
    event = MembershipEvent.model_validate_json(block)
    assert [job.name for job in read.jobs if not isinstance(job, ImportContacts) and job.wants(event.audience)] == [
        "vip"
    ]


def test_its_record_of_a_message_is_one_under_the_id_that_its_event_has() -> None:
    (block,) = [block for block in blocks("json") if '"message_id"' in block]
    record = Message.model_validate_json(block)
    assert record.message_id == message_id(record.job, record.event_id, record.profile_id, record.audience)
    assert record.model_fields_set == set(Message.model_fields)
