"""Values within links: none ends a link, adds a parameter to it, or makes one of what is none."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.content.base import Part
from schemas.text.links import is_harmful, is_whole_link
from streams.jobs.send_message.render import template
from tests.writing import values


class Said(Part):
    """A content that is one text."""

    text: str


def said(text: str, **given: str | None) -> str:
    filled: dict[str, str] = template(Said(text=text))(given)
    return filled["text"]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("Track https://acme.example/o/AB%2012%231", "Track https://acme.example/o/{{id}}"),
        ("https://acme.example/o?id=AB%2012%231&x=1 AB 12#1", "https://acme.example/o?id={{id}}&x=1 {{id}}"),
        ("https://acme.example/AB%2012%231/AB%2012%231", "https://acme.example/{{id}}/{{id}}"),
        ("https://acme.example/AB%2012%231AB%2012%231", "https://acme.example/{{id}}{{id}}"),
        ("https://AB%2012%231.example/", "https://{{id}}.example/"),
        ("acme://o/AB%2012%231", "acme://o/{{id}}"),
        ("(https://acme.example/AB%2012%231)", "(https://acme.example/{{id}})"),
        ('"https://acme.example/" AB 12#1', '"https://acme.example/" {{id}}'),
        ('"https://acme.example/"AB 12#1', '"https://acme.example/"{{id}}'),
        ("<https://acme.example/>AB 12#1", "<https://acme.example/>{{id}}"),
        ("https://acme.example/\nAB 12#1", "https://acme.example/\n{{id}}"),
        ("https://acme.example/größe/AB%2012%231", "https://acme.example/größe/{{id}}"),
        ("https://acme.example/をAB 12#1", "https://acme.example/を{{id}}"),
        ("https://例え.example/AB%2012%231", "https://例え.example/{{id}}"),
        ("https://例え.日本:8443?o=AB%2012%231#AB%2012%231", "https://例え.日本:8443?o={{id}}#{{id}}"),
        ("https://한국.example/を AB 12#1", "https://한국.example/を {{id}}"),
        ("詳しくはhttps://例え.日本で。AB 12#1", "詳しくはhttps://例え.日本で。{{id}}"),
        ("www.acme.example?o=AB%2012%231", "www.acme.example?o={{id}}"),
        ("größe.example/AB%2012%231", "größe.example/{{id}}"),
        ("sms:+41790000001?body=AB%2012%231", "sms:+41790000001?body={{id}}"),
        ("go.acme.example/AB%2012%231", "go.acme.example/{{id}}"),
        ("mailto:a@acme.example?subject=AB%2012%231", "mailto:a@acme.example?subject={{id}}"),
        ("Your order AB 12#1 and/or AB 12#1", "Your order {{id}} and/or {{id}}"),
        ("No.AB 12#1, 10.50/AB 12#1", "No.{{id}}, 10.50/{{id}}"),
        ("Ask help@acme.example/AB 12#1", "Ask help@acme.example/{{id}}"),
        ("See https://shop.example/a?b=c", "See {{link}}"),
        ("https://shop.example/a?b=c/AB%2012%231", "{{link}}/{{id}}"),
        ("https://shop.example/a?b=c AB 12#1", "{{link}} {{id}}"),
        ("AnnAB 12#1", "{{name}}{{id}}"),
        ("https://acme.example/?n=no%20one", "https://acme.example/?n={{none|no one}}"),
        ("https://acme.example/?n=", "https://acme.example/?n={{none}}"),
    ],
)
def test_a_value_within_a_link_is_encoded_and_any_other_is_not(expected: str, text: str) -> None:
    told = {"id": "AB 12#1", "link": "https://shop.example/a?b=c", "name": "Ann", "none": None}
    assert said(text, **told) == expected


@given(values, values)
def test_no_value_changes_what_a_link_is_made_of(first: str, second: str) -> None:
    link = said("https://acme.example/o/{{a}}/pay?e={{b}}&c=1#top", a=first, b=second)
    assert len(link.split()) == 1
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "acme.example", "top")
    assert [unquote(step) for step in parts.path.split("/")] == ["", "o", first, "pay"]
    assert parse_qsl(parts.query, keep_blank_values=True) == [("e", second), ("c", "1")]


@given(values, st.sampled_from(["Hi {{a}}!", "{{a}}", "«{{a}}» {{a}}", "See https://acme.example/ {{a}}"]))
def test_a_value_apart_from_links_is_said_as_it_is(value: str, text: str) -> None:
    assert said(text, a=value) == text.replace("{{a}}", value)


@pytest.mark.parametrize(
    ("whole", "harmful", "value"),
    [
        (True, False, "https://acme.example"),
        (True, False, "HTTP://acme.example/a b"),
        (True, False, "mailto:a@b.example"),
        (True, False, "tel:+41790000001"),
        (False, False, "www.acme.example"),
        (False, False, "//acme.example"),
        (False, False, "https:///acme.example"),
        (False, False, "https:\\\\acme.example"),
        (False, False, "acme://order"),
        (False, False, "there"),
        (False, True, "javascript:alert(1)"),
        (False, True, " JAVA\tscript\n:alert(1)"),
        (False, True, "\u200bjava\u200bscript:alert(1)"),
        (False, True, "data:text/html,x"),
        (False, True, "vbscript:x"),
        (False, True, "file:///etc/passwd"),
    ],
)
def test_what_anybody_may_be_led_to(*, whole: bool, harmful: bool, value: str) -> None:
    assert (is_whole_link(value), is_harmful(value)) == (whole, harmful)
