"""Emails as people write them: what nobody sees and what stands around does not count, and two are none."""

import pytest
from hypothesis import given

from streams.profiles.emails import normal_email
from tests.examples import examples
from tests.profiles import written


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("eve@example.org", "\u200beve@example.org"),
        ("eve@example.org", "eve@exam\u00adple.org"),
        ("eve@example.org", "\u2060eve@example.org\u200e\ufeff"),
        ("eve@example.org", "e\u202bve@example.org"),
        ("eve@example.org", "eve@example.org."),
        ("eve@example.org", "eve@example.org ;"),
        ("eve@example.org", "\u00a0eve@example.org,\t"),
        ("eve@example.org", "<eve@example.org>"),
        ("eve@example.org", "Eve <Eve@example.org>".replace("<E", "<e")),
        ("eve@example.org", '"Adam, Eve" <eve@example.org>;'),
        ("Eve@example.org", "eve@example.org <Eve@Example.org>"),
        ("eve@example.org", "mailto:eve@example.org?subject=Hello"),
        ("e've@example.org", "MAILTO:e%27ve@example.org"),
        ("eve@example.org", "\u201ceve@example.org\u201d"),
        ("eve@example.org", "'eve@example.org'"),
        ("eve@example.org", "'eve@example.org"),
        ("eve@example.org", "eve@example.org?"),
        ("pat.o'shea@example.org", "pat.o\u2019shea@example.org"),
        ("jean-luc@example.org", "jean\u2011luc@example.org"),
        ("eve@example.org", "\uff45\uff56\uff45\uff20\uff45xample\uff0eorg"),
        ("eve@example.org", "eve@example\u3002org"),
        ("eve@xn--mnchen-3ya.example", "eve@M\u00fcnchen.example"),
        ("eve@xn--strae-oqa.example", "eve@stra\u00dfe.example"),
        ("eve@xn--e1afmkfd.xn--p1ai", "eve@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444"),
        (None, "\u00e8ve@example.org"),
        (None, "\u0435ve@example.org"),  # a Cyrillic letter that looks like ours
        (None, "eve@example.org, adam@example.org"),
        (None, "eve@example.org;adam@example.org"),
        (None, "eve@example.org adam@example.org"),
        (None, "eve@example.org\nadam@example.org"),
        (None, "eve@example.org/adam@example.org"),
        (None, "adam@example.org <eve@example.org>"),
        (None, "<adam@example.org> <eve@example.org>"),
        (None, "Adam <adam@example.org>, Eve <eve@example.org>"),
        (None, "mailto:eve@example.org,adam@example.org"),
        (None, "eve(at)example.org"),
        (None, "eve@example.org\x00"),
        (None, "eve@exam ple.org"),
        (None, "eve@\u2603\ufe0f-.example"),
        (None, "eve@" + "\u00fc" * 70 + ".example"),
        (None, "<>"),
        (None, "@"),
        (None, " " * 2000 + "eve@example.org"),
    ],
)
def test_what_stands_around_an_address_does_not_count(expected: str | None, said: str) -> None:
    assert normal_email(said) == expected


@examples(200)
@given(written.emails())
def test_an_address_is_the_same_however_it_is_written(said_and_bare: tuple[str, str]) -> None:
    said, bare = said_and_bare
    local, _, domain = bare.partition("@")
    found = normal_email(said)
    assert found == f"{local}@{domain.encode('idna').decode().lower()}"
    assert normal_email(found) == found
