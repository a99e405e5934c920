"""The README is one page, and what it shows is what there is."""

from schemas.jobs import KINDS, AudienceJob
from schemas.records.membership import MembershipEvent
from schemas.records.message import Message
from streams.channels import CHANNELS
from streams.config import load as config
from streams.jobs.shelf import lint
from tests.docs.pages import DOCS, ROOT, blocks, links
from tests.making import message_id

README = (ROOT / "README.md").read_text()
SENDS = (DOCS / "jobs" / "send_message.md").read_text()


def test_it_is_one_page() -> None:
    assert len(README.splitlines()) <= 120


def test_its_configuration_has_three_jobs_and_its_event_is_for_the_export() -> None:
    (text,) = blocks(README, "yaml")
    read = config.parse(text, {"INFOBIP_API_KEY": "key"}, "README.md", lint)
    (block,) = [block for block in blocks(README, "json") if '"action"' in block]
    event = MembershipEvent.model_validate_json(block)
    wanted = [job.name for job in read.jobs if isinstance(job, AudienceJob) and job.wants(event.audience)]
    assert [job.kind for job in read.jobs] == ["export_audience", "import_contacts", "send_message"]
    assert wanted == ["vip"]


def test_every_kind_and_every_channel_has_its_link() -> None:
    kinds = [kind for kind in KINDS if f"[`{kind}`](docs/jobs/{kind}.md)" not in README]
    channels = [channel for channel in CHANNELS if f"[`{channel}`](docs/contents.md#{channel})" not in README]
    assert (kinds, channels) == ([], [])


def test_every_page_is_reached_by_links_from_it() -> None:
    reached: set[str] = set()
    open_pages = [ROOT / "README.md"]
    while open_pages:
        page = open_pages.pop()
        linked = {(page.parent / link.partition("#")[0]).resolve() for link in links(page.read_text())}
        found = {one for one in linked if one.is_relative_to(DOCS) and one.suffix == ".md"}
        open_pages += [one for one in found if one.relative_to(DOCS).as_posix() not in reached]
        reached |= {one.relative_to(DOCS).as_posix() for one in found}
    assert sorted(reached) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def test_the_record_of_a_message_is_one_under_the_id_that_its_event_has() -> None:
    (block,) = [block for block in blocks(SENDS, "json") if '"message_id"' in block]
    record = Message.model_validate_json(block)
    assert record.message_id == message_id(record.job, record.event_id, record.profile_id, record.audience)
    assert record.model_fields_set == set(Message.model_fields)
