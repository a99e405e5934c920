import phonenumbers
import pytest

from schemas.jobs.silent_countries import COUNTRIES_WITHOUT_REPORTS
from streams.jobs.track_messages.countries import silence

IS_SILENT = silence(COUNTRIES_WITHOUT_REPORTS)


def example(region: str) -> str:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert number is not None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]


@pytest.mark.parametrize("region", COUNTRIES_WITHOUT_REPORTS)
def test_every_place_of_the_table_is_found_by_its_numbers(region: str) -> None:
    assert phonenumbers.country_code_for_region(region) == COUNTRIES_WITHOUT_REPORTS[region].calling_code
    assert IS_SILENT(example(region))


@pytest.mark.parametrize("region", ["GB", "US", "CA", "JM", "PR", "RE", "CH", "AT", "FR", "CN", "TW", "NL"])
def test_other_places_report(region: str) -> None:
    assert not IS_SILENT(example(region))


@pytest.mark.parametrize("said", ["", "0", "1", "49", "999999", "abc", "+4915123456789", "ann@example.com", "٤٩١٥١"])
def test_what_is_no_number_is_of_no_country_or_of_its_code(said: str) -> None:
    assert IS_SILENT(said) == (said == "49")


def test_the_places_are_those_that_are_published() -> None:
    assert len(COUNTRIES_WITHOUT_REPORTS) == 34
