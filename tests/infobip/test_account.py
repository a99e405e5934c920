"""Questions to an account, in every form in which it may answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx
import orjson
import pytest

from streams.errors import Refused, Unauthorized
from streams.infobip.account import check, create_attribute, ensure_tag, read_attributes, tag_exists
from tests.fakes.bench import Bench
from tests.fakes.words import Step

T = TypeVar("T")

LTV = {"name": "ltv", "dataType": "DECIMAL", "createdAt": "2019-02-25T12:46:06"}
DUPLICATES = [
    httpx.Response(400, json={"errorCode": 40006, "errorMessage": "Duplicate name"}),
    httpx.Response(400, json={"value": 40002, "message": "Duplicate"}),
    httpx.Response(409),
]


def run(asking: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asking)


def asked(bench: Bench) -> list[str]:
    return [f"{request.method} {request.url.raw_path.decode()}" for request in bench.infobip.requests]


def page(*names: str) -> httpx.Response:
    return httpx.Response(200, json={"customAttributes": [{"name": name, "dataType": "STRING"} for name in names]})


def test_check_reads_one_person() -> None:
    bench = Bench()
    run(check(bench.client))
    assert asked(bench) == ["GET /people/2/persons?limit=1"]


def test_check_of_a_refused_key() -> None:
    with pytest.raises(Unauthorized):
        run(check(Bench(401).client))


@pytest.mark.parametrize("step", [404, httpx.Response(200)])
def test_check_of_an_address_that_is_not_infobip(step: Step) -> None:
    with pytest.raises(Refused, match=r"http://infobip\.test/people/2/persons answered .* not Infobip's People API"):
        run(check(Bench(step).client))


@pytest.mark.parametrize("body", [{"page": 1, "customAttributes": [LTV]}, [LTV]], ids=["envelope", "bare"])
def test_attributes_in_both_forms(body: Any) -> None:
    found = run(read_attributes(Bench(httpx.Response(200, json=body)).client))
    assert {name: attribute.data_type for name, attribute in found.items()} == {"ltv": "DECIMAL"}


def test_an_account_without_attributes_answers_404() -> None:
    assert run(read_attributes(Bench(404).client)) == {}


def test_attributes_are_read_page_by_page() -> None:
    bench = Bench(page(*(f"a{number}" for number in range(1000))), page("b"))
    assert len(run(read_attributes(bench.client))) == 1001
    assert asked(bench) == [f"GET /people/2/customAttributes?limit=1000&page={number}" for number in (1, 2)]


def test_a_last_page_may_be_full() -> None:
    bench = Bench(page(*(f"a{number}" for number in range(1000))), 404)
    assert len(run(read_attributes(bench.client))) == 1000


def test_an_account_that_turns_no_pages_is_not_asked_for_ever() -> None:
    names = [f"a{number}" for number in range(1000)]
    bench = Bench(page(*names), page(*names), page(*names))
    assert len(run(read_attributes(bench.client))) == 1000
    assert len(bench.infobip.requests) == 2


@pytest.mark.parametrize("body", [{"customAttributes": [{"title": "ltv"}]}, "ltv"])
def test_attributes_in_an_unknown_form(body: Any) -> None:
    with pytest.raises(Refused, match="not Infobip's"):
        run(read_attributes(Bench(httpx.Response(200, json=body)).client))


def test_an_attribute_is_created() -> None:
    bench = Bench()
    run(create_attribute(bench.client, "ltv", "DECIMAL"))
    assert asked(bench) == ["POST /people/2/customAttributes"]
    assert orjson.loads(bench.infobip.requests[0].content) == {"name": "ltv", "dataType": "DECIMAL"}


@pytest.mark.parametrize("step", DUPLICATES)
def test_what_is_there_already_is_fine(step: Step) -> None:
    run(create_attribute(Bench(step).client, "ltv", "DECIMAL"))
    assert run(ensure_tag(Bench(404, step).client, "VIP")) is False


def test_other_refusals_say_what_and_with_which_code_but_not_in_words_that_may_name_somebody() -> None:
    step = httpx.Response(400, json={"errorCode": 40001, "errorMessage": "ann@example.com is wrong"})
    with pytest.raises(Refused) as raised:
        run(create_attribute(Bench(step).client, "l{tv", "DECIMAL"))
    assert str(raised.value) == ("create_attribute (POST /people/2/customAttributes) answered 400 (40001)")
    with pytest.raises(Refused):
        run(tag_exists(Bench(400).client, "VIP"))


def test_a_tag_that_is_there_is_not_created() -> None:
    bench = Bench()
    assert run(ensure_tag(bench.client, "VIP & friends/ü")) is False
    assert asked(bench) == ["GET /people/2/tags/VIP%20%26%20friends%2F%C3%BC"]


def test_a_missing_tag_is_created() -> None:
    bench = Bench(404)
    assert run(ensure_tag(bench.client, "VIP")) is True
    assert asked(bench) == ["GET /people/2/tags/VIP", "POST /people/2/tags"]
    assert orjson.loads(bench.infobip.requests[1].content) == {"name": "VIP"}


def test_waiting_is_a_choice() -> None:
    assert run(tag_exists(Bench(503, 404).client, "VIP", wait=True)) is False


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_hit_another_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="part of a path"):
        run(tag_exists(Bench().client, name))
