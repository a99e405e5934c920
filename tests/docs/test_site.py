"""The site of docs/ is built strictly: every page is in its navigation, and every link and heading is there.

It is made by what `make test` installs. Without that this is skipped, and in CI it fails.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.docs import site
from tests.docs.pages import DOCS

NAV = yaml.safe_load((DOCS / "mkdocs.yml").read_text().partition("\nnav:\n")[2])
_LOADED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=[\"']?(?:https?:)?//[^\s\"'>]*")


def pages_in(entries: object) -> Iterator[str]:
    """The pages of a part of the navigation."""
    match entries:
        case str():
            yield entries
        case list() | dict():
            for entry in entries if isinstance(entries, list) else entries.values():
                yield from pages_in(entry)


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not site.MKDOCS.exists():
        missing = f"{site.MKDOCS} is not there: make docs installs it"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


def test_every_page_is_in_the_navigation_once() -> None:
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    assert sorted(pages_in(NAV)) == sorted([*pages, "index.md", "changelog.md", "schemas.md"])


def test_it_is_built_without_a_warning_and_loads_nothing_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "PAGES", tmp_path / "pages")
    site.lay_out()
    config = tmp_path / "mkdocs.yml"
    config.write_text(f"INHERIT: {site.CONFIG}\ndocs_dir: pages\nsite_dir: html\n")
    done = site.build(config)
    assert (done.returncode, [line for line in done.stderr.splitlines() if not line.startswith("INFO")]) == (0, [])
    built = {page: page.read_text() for page in (tmp_path / "html").rglob("*.html")}
    assert len(built) > len(list(pages_in(NAV))), "and the page that says that there is none"
    assert {page.name: _LOADED.findall(text) for page, text in built.items() if _LOADED.search(text)} == {}
    assert (tmp_path / "html" / "schemas" / "asyncapi.yaml").read_text().startswith("asyncapi: 3.0.0\n")


@pytest.mark.parametrize("link", ["gone.md", "#gone", "index.md#gone", "/absolute.md"])
def test_a_link_that_points_nowhere_ends_the_build(tmp_path: Path, link: str) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.md").write_text(f"# Start\n\n[link]({link})\n")
    config = tmp_path / "mkdocs.yml"
    config.write_text(f"INHERIT: {site.CONFIG}\ndocs_dir: pages\nsite_dir: html\nnav: [index.md]\n")
    done = site.build(config)
    assert (done.returncode, done.stderr.count("WARNING")) == (1, 1), done.stderr
