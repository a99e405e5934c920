"""Requests go where httpx itself would send them, also when their path was asked before."""

import httpx
import pytest

from streams.infobip.transport import PATHS_REMEMBERED_MAX, connect


@pytest.mark.parametrize("base_url", ["https://x.api.infobip.com", "http://127.0.0.1:8080/behind/a/proxy/"])
def test_the_address_of_a_request_is_the_one_that_httpx_makes(base_url: str) -> None:
    ours, theirs = connect("main", base_url, "key"), httpx.AsyncClient(base_url=base_url)
    paths = [
        "/people/2/tags/A%20B/persons",
        "/people/2/tags/Ä b/persons",
        "/sms/3/messages?a=b",
        "https://other.example/x",
    ]
    for path in [*paths, *paths]:
        for query in (None, {"id": "1"}, {"id": "2"}):
            asked = ours.build_request("GET", path, params=query).url
            assert asked == theirs.build_request("GET", path, params=query).url


def test_only_some_paths_are_remembered() -> None:
    http = connect("main", "https://x.api.infobip.com", "key")
    for number in range(2 * PATHS_REMEMBERED_MAX):
        assert http.build_request("GET", f"/one/{number}").url.path == f"/one/{number}"
    remembered = http._merge_remembered.cache_info()  # type: ignore[attr-defined]
    assert remembered.currsize == PATHS_REMEMBERED_MAX
