import json
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.exact_json import Digits, number_text, read, read_plain, write

KEPT = {
    "9400111899223197428490": "9400111899223197428490",
    "-9400111899223197428490": "-9400111899223197428490",
    "-9223372036854775809": "-9223372036854775809",
    "18446744073709551616": "18446744073709551616",
    "12345678901234567.89": "12345678901234567.89",
    "-0.12345678901234567890": "-0.12345678901234567890",
    "9007199254740993.0": "9007199254740993",
    "9007199254740993e0": "9007199254740993",
    "9.40011189922319742849E21": "9400111899223197428490",
    "94001118992231974284901.0": "94001118992231974284901",
    "1" * 5000: "1" * 5000,
}


@pytest.mark.parametrize("text", KEPT, ids=range(len(KEPT)))
@pytest.mark.parametrize("around", ['{"a":%s}', '{"a": %s }', '{"a":[1,%s]}', "[%s]", " %s ", '{"a":\n\t%s\n}'])
def test_a_number_that_would_become_another_is_its_digits(text: str, around: str) -> None:
    assert _only(read((around % text).encode())) == Digits(KEPT[text])


@pytest.mark.parametrize("around", ['{"a":%s}', '{"half":"\\ud83d","a":%s}'])
@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (18446744073709551615, "18446744073709551615"),
        (-9223372036854775808, "-9223372036854775808"),
        (2034072219640523072, "2034072219640523072"),
        (8.541694000000001, "8.541694000000001"),
        (1.5, "1.50000000000000000000000000"),
        (1e22, "1e22"),
        (7, "7"),
        (-0.0, "-0.0"),
    ],
)
def test_a_number_that_a_reader_keeps_is_one(expected: float, text: str, around: str) -> None:
    said = read((around % text).encode())["a"]
    assert (type(said), said) == (type(expected), expected)


@pytest.mark.parametrize("text", ["9400111899223197428490", "12345678901234567.89"])
def test_digits_in_a_text_cost_nothing(text: str) -> None:
    assert read_plain(f'{{"a":"{text}","{text}":1}}'.encode()) == {"a": text, text: 1}


@pytest.mark.parametrize("text", ["1e500", "-1e500", "1e99999999999999999999"])
def test_what_no_float_holds_is_its_digits(text: str) -> None:
    assert read(f'{{"a":{text}}}'.encode()) == {"a": Digits(text)}


def test_what_is_no_number_is_read_all_the_same() -> None:
    assert list(map(repr, read(b"[NaN,Infinity,-Infinity]"))) == ["nan", "inf", "-inf"]


@pytest.mark.parametrize("half", [r"\ud83d", r"\ude00", r"\ude00\ud83d", r"\uD83D\u0041"])
def test_half_of_a_pair_is_read_as_it_is(half: str) -> None:
    assert read(f'{{"{half}":["{half}"]}}'.encode()) == {json.loads(f'"{half}"'): [json.loads(f'"{half}"')]}


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("content", [b"", b"{", b"{}{}", b'{"a":01}', b"\xff", b'{"a":"\n"}', b"{'a': 1}", b"[1,]"])
def test_what_is_no_json_is_refused_without_being_repeated(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(?!.*hush)") as refused:
        read(content + b" hush@example.com")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("expected", "number"),
    [
        ("5", 5.0),
        ("10000000000000000000000", 1e22),
        ("94001118992231970000000", 9.400111899223197e22),
        ("1.5", 1.5),
        ("0.0000001", 1e-7),
        ("0", -0.0),
        ("-12", -12),
        (None, float("inf")),
        (None, float("nan")),
    ],
)
def test_the_text_of_a_number_has_its_digits_and_no_exponent(expected: str | None, number: float) -> None:
    assert number_text(number) == expected


DIGITS = st.integers(-(10**40), 10**40).map(str) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30
).map(lambda one: str(one).replace("E+", "E"))


@settings(deadline=None)
@given(st.lists(DIGITS, max_size=5))
def test_no_number_is_another(numbers: list[str]) -> None:
    content = f'{{"numbers":[{",".join(numbers)}]}}'.encode()
    said = read(content)["numbers"]
    assert [Decimal(one) if isinstance(one, str) else Decimal(repr(one)) for one in said] == list(map(Decimal, numbers))
    again = json.loads(write({"numbers": said}), parse_float=Decimal)["numbers"]
    assert again == list(map(Decimal, numbers))


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    # Texts without halves.
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(PLAIN)
def test_what_the_fast_reader_takes_is_read_as_by_it(document: Any) -> None:
    content = orjson.dumps(document)
    assert read(content) == orjson.loads(content)
    assert write(document) == content


def _only(said: Any) -> Any:
    while isinstance(said, dict | list):
        said = list(said.values() if isinstance(said, dict) else said)[-1]
    return said
