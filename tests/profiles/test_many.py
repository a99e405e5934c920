"""Addresses that are looked at together are what they are one by one."""

from hypothesis import given
from hypothesis import strategies as st

from streams.profiles.emails import normal_email, normal_emails
from streams.profiles.phones import normal_phone, normal_phones
from tests.examples import examples
from tests.profiles import written

OTHERS: st.SearchStrategy[object] = st.sampled_from([None, True, 7, 1.5, "", "\n", []])
PLAIN_EMAILS = st.from_regex(r"[a-z0-9]{1,9}(\.[a-z]{1,3})?@[a-z]{1,70}\.(com|org)", fullmatch=True)
ODD_EMAILS = written.emails().map(lambda two: two[0]) | st.sampled_from(
    ["a@b.com\nc@d.com", "a@b.com\n", "Ann@b.com", "a@b", f"{'a' * 60}@b.com"]
)
PLAIN_PHONES = written.numbers().map(lambda one: f"+{written.e164(one)}")
ODD_PHONES = written.phones | st.sampled_from(
    ["+41793026727\n", "+41793026727\n+41793026728", "0151 23456780", "41793026727", "+1", "+\u0664\u0661793026727"]
)


@examples(200)
@given(st.lists(PLAIN_EMAILS) | st.lists(PLAIN_EMAILS | ODD_EMAILS | OTHERS))
def test_emails(values: list[object]) -> None:
    assert normal_emails(values) == [normal_email(value) for value in values]


@examples(200)
@given(st.lists(PLAIN_PHONES) | st.lists(PLAIN_PHONES | ODD_PHONES | OTHERS), st.sampled_from([None, "DE"]))
def test_phones(values: list[object], region: str | None) -> None:
    assert normal_phones(values, region) == [normal_phone(value, region) for value in values]
