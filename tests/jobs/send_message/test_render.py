from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.content.base import Part
from schemas.content.shapes import AnyLink, Html, Suffix, Web
from schemas.text.blanks import is_empty, stripped
from schemas.text.tokens import is_open, literal, tokens_of
from streams.jobs.send_message.render import needed, reader, template, text_of

words = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]))
fields = st.text(st.characters(exclude_characters="{}|", exclude_categories=["Cs"]), min_size=1).map(stripped)
values = st.one_of(st.none(), st.text())
profiles = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3),
    max_leaves=8,
)


def said(text: str, default: str = "", **values: str | None) -> Any:
    return template(text, default)(values)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("Ann", "Ann"),
        ("{{name}}", "{{name}}"),
        ("Ann Lee", "  Ann Lee \n"),
        ("Ann", "\u200bAnn\u00a0"),
        (None, " "),
        (None, "\u200b"),
        (None, "\u00a0\u3164\n"),
        (None, ""),
        (None, None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-7", -7),
        ("120.5", 120.5),
        ("120", 120.0),
        ("0", -0.0),
        ("0.0000001", 1e-7),
        ("9223372036854775808", 2**63),
        (None, 2**64),
        (None, float("nan")),
        (None, float("inf")),
        (None, "half a character \ud83d"),
        (None, ["Ann"]),
        (None, {"first": "Ann"}),
    ],
)
def test_a_value_is_said_as_json_writes_it(expected: str | None, value: object) -> None:
    assert text_of(value) == expected


def test_fields_are_read_by_their_paths_and_those_of_no_text_are_told() -> None:
    read = reader(["name", "address.city", "pets", "score", "no.such", "blank", "a.b", "unseen"])
    profile = {
        "name": "Ann",
        "address": {"city": "Bern"},
        "pets": ["Rex"],
        "score": float("nan"),
        "blank": [],
        "a.b": 1,
        "unseen": " \u200b",
    }
    found, left_out = read(profile)
    assert found == {
        "name": "Ann",
        "address.city": "Bern",
        "pets": None,
        "score": None,
        "no.such": None,
        "blank": None,
        "a.b": "1",
        "unseen": None,
    }
    assert left_out == ["pets", "score"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "address", "a.b"]), profiles))
def test_whatever_a_profile_holds_its_fields_become_texts_that_can_be_sent(profile: dict[str, Any]) -> None:
    found, left_out = reader(["name", "address.city", "a.b"])(profile)
    for text in found.values():
        assert text is None or (text and text.encode())
    assert all(found[field] is None for field in left_out)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("Hi Ann!", "Hi {{name}}!"),
        ("Hi Ann!", "Hi {{ name }}!"),
        ("Hi Ann!", "Hi {{name|friend}}!"),
        ("Hi friend!", "Hi {{nick|friend}}!"),
        ("Hi my friend!", "Hi {{ nick | my friend }}!"),
        ("Hi Ann!", "Hi {{\u200bname\u00a0}}!"),
        ("Hi friend!", "Hi {{nick|\u2060friend\ufeff}}!"),
        ("Hi !", "Hi {{nick|\u200b}}!"),
        ("Hi !", "Hi {{nick| }}!"),
        ("Hi !", "Hi {{nick}}!"),
        ("Hi !", "Hi {{nick|}}!"),
        ("AnnAnn", "{{name}}{{name}}"),
        ("{Ann}", "{{{name}}}"),
        ("a|b", "{{nick|a|b}}"),
        ("{name} %s ${name} {{name", "{name} %s ${name} {{name"),
        ("{{name|Ann}}", "{{name|{{name}}}}"),
    ],
)
def test_tokens_stand_for_the_values_of_fields(expected: str, text: str) -> None:
    assert said(text, name="Ann", nick=None) == expected


def test_a_missing_value_has_the_words_of_its_token_else_those_of_the_job() -> None:
    assert said("{{a}}, {{a|you}}, {{a|}}.", "somebody", a=None) == "somebody, you, ."


@settings(deadline=None)
@given(words, values, words, values, words)
def test_a_text_is_its_pieces_and_values_and_nothing_in_a_value_is_read(
    before: str, first: str | None, between: str, second: str | None, after: str
) -> None:
    text = f"{before}{{{{a}}}}{between}{{{{b|}}}}{after}"
    expected = before + ("-" if first is None else first) + between + ("" if second is None else second) + after
    assert said(text, "-", a=first, b=second) == expected


@pytest.mark.parametrize("value", ["{{secret}}", "{{name}}", "{secret}", "{{name|x}}", "{0.__class__}", "%(secret)s"])
def test_a_value_that_looks_like_a_token_is_a_word(value: str) -> None:
    assert said("{{name}}{{name}}", name=value, secret="hush") == value * 2


def test_every_text_of_the_data_is_filled_in_and_the_rest_stays() -> None:
    data = {"text": "{{a}}", "buttons": ({"title": "{{a}} {{b}}", "size": 3}, "{{b}}"), "flash": True, "none": None}
    assert template(data)({"a": "1", "b": "2"}) == {
        "text": "1",
        "buttons": [{"title": "1 2", "size": 3}, "2"],
        "flash": True,
        "none": None,
    }


class Page(Part):
    """A content with each of the ways in which values are written."""

    text: str = ""
    page: Annotated[str, Web] | None = None
    place: Annotated[str, AnyLink] | None = None
    end: Annotated[str, Suffix] | None = None
    html: Annotated[str, Html] | None = None
    pages: tuple[Annotated[str, Web], ...] | None = None
    more: tuple["Page", ...] | None = None
    placeholders: Mapping[str, str] | None = None


def page(values: dict[str, str | None] | None = None, **said: Any) -> Any:
    return template(Page(**said))(values or {})


SHOP = {"shop": "https://x.example.com/ä", "item": "a&b/c d?é", "none": None}


@pytest.mark.parametrize("field", ["page", "place"])
def test_values_in_links_are_encoded_but_one_that_begins_a_link(field: str) -> None:
    filled = page(SHOP, **{field: "{{shop}}?q={{item}}&t={{none|a b}}"})
    assert filled[field] == "https://x.example.com/ä?q=a%26b%2Fc%20d%3F%C3%A9&t=a%20b"


@pytest.mark.parametrize(
    ("expected", "link"),
    [
        ("https://x.example.com/a%20b?c=d&e#%22", 'https://x.example.com/a b?c=d&e#"'),
        ("HTTPS://x.example.com/%09a", "HTTPS://x.example.com/\ta"),
        ("https://x.example.com/a%20b", "https://x.example.com/a%20b"),
        ("acme://a b", "acme://a b"),
    ],
)
def test_a_link_that_is_a_value_has_nothing_in_it_that_no_link_has(expected: str, link: str) -> None:
    assert page({"a": link}, place="{{a}}")["place"] == expected
    assert page({"a": link}, page="{{a}}")["page"] == expected


@pytest.mark.parametrize("begun", ["HTTPS://x.example/{{a}}", "Http://{{a}}", "HTTP{{a}}", "H{{a}}", "http://{{a}}"])
def test_a_scheme_may_be_written_in_any_case(begun: str) -> None:
    assert Page(page=begun).page is not None
    said = Page(page="HTTPS://X.example/A", place="HTTP://X.example/{{a}}")
    assert (said.page, said.place) == ("https://X.example/A", "http://X.example/{{a}}")


def test_how_values_are_written_says_the_field_and_not_its_name() -> None:
    filled = page(
        {"a": "1 2"},
        text="{{a}}",
        pages=["https://x.example/{{a}}"],
        more=[{"page": "https://x.example/{{a}}", "end": "{{a}}?b={{a}}"}],
        placeholders={"url": "{{a}}", "html": "{{a}}<", "said": "https://x.example/{{a}}"},
    )
    assert filled == {
        "text": "1 2",
        "pages": ["https://x.example/1%202"],
        "more": [{"text": "", "page": "https://x.example/1%202", "end": "1%202?b=1%202"}],
        "placeholders": {"url": "1 2", "html": "1 2<", "said": "https://x.example/1%202"},
    }


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_value_ends_the_part_of_a_url_that_it_stands_in(value: str) -> None:
    filled = page({"a": value}, page="https://x.example.com/{{a}}")["page"]
    assert not set(filled.removeprefix("https://x.example.com/")) & set("/?#&= \n\"'<>")


def test_a_value_in_html_opens_no_tag() -> None:
    filled = page({"name": '<a href="https://evil.example.com">'}, html="<b>{{name}}</b>", text="{{name}}")
    assert filled["html"] == "<b>&lt;a href=&quot;https://evil.example.com&quot;&gt;</b>"
    assert filled["text"] == '<a href="https://evil.example.com">'


def test_only_fields_without_words_of_their_own_are_needed() -> None:
    data = {"text": "{{a}} {{b|x}}", "more": ["{{c}}", ("{{d|}}", "{{a|y}}", "{{e}}")], "number": 5}
    assert needed(data) == {"a", "c", "e"}
    assert needed("no token") == frozenset()


@settings(deadline=None)
@given(st.lists(fields, max_size=4), words)
def test_a_text_with_tokens_says_in_any_case_what_stands_around_them(names: list[str], between: str) -> None:
    text = between.join(f"{{{{{name}}}}}" for name in names)
    assert [token.field for token in tokens_of(text)] == names
    assert literal(text) == between * max(0, len(names) - 1)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (True, "{{"),
        (True, "Hi {{name}"),
        (True, "Hi {{name"),
        (True, "{{name} {{name}}"),
        (True, "{{name|{{name}}}}"),
        (True, "{{{{name}}}}"),
        (False, "{{name}}"),
        (False, "{{{name}}}"),
        (False, "{{}}"),
        (False, "{ {name} }"),
        (False, "a { b }} c"),
        (False, ""),
    ],
)
def test_a_token_that_does_not_end_is_found(*, expected: bool, text: str) -> None:
    assert is_open(text) is expected


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["{{", "{{a", "{{a|", "{{a|b}", "}}{{", "{{|{{", "{{a}}", "{"])
def test_a_text_of_a_million_characters_takes_no_longer_than_it_is(text: str) -> None:
    long = text * (1_000_000 // len(text))
    assert len(literal(long)) + sum(token.end - token.start for token in tokens_of(long)) == len(long)
    assert isinstance(is_open(long), bool)
    assert said("{{a}}", a=long) == long


@given(st.lists(st.text(max_size=3) | st.text(st.characters(max_codepoint=0x80), max_size=3) | profiles, max_size=8))
def test_fields_are_read_as_texts_one_by_one(said: list[Any]) -> None:
    profile = {f"field{number}": value for number, value in enumerate(said)}
    values, left_out = reader([*profile, "none", "no.thing"])(profile)
    texts = {field: text_of(value) for field, value in profile.items()}
    assert values == {**texts, "none": None, "no.thing": None}
    assert left_out == [field for field, text in texts.items() if text is None and not is_empty(profile[field])]
