"""The options of the kind sync_cohort: what is refused, and in which words."""

import pytest
from pydantic import ValidationError

from tests.jobs.sync_cohort.cohorts import cohort_job


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"verify": "daily"}, "can be written and not read, so there is nothing to compare them with"),
        ({"list_name": "members"}, "must hold {audience}, because each audience has a list of its own"),
        ({"list_name": "members", "audiences": ["vip", "new"]}, "must hold {audience}"),
        ({"audiences": ["x" * 250]}, "must be at most 256 characters, not 258"),
        ({"ids_key": "the ids"}, "should match pattern"),
        ({"id_field": "a..b"}, "must name a field of the profile"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        cohort_job(**options)
    assert told in str(refused.value)


def test_a_list_of_one_audience_may_have_any_name() -> None:
    job = cohort_job(audiences=["vip"], list_name="VIP members")
    assert (job.name_of("vip"), cohort_job().name_of("vip")) == ("VIP members", "[Kafka] vip")
    assert (job.existing_members, job.wants("vip"), job.wants("new")) == (True, True, False)
