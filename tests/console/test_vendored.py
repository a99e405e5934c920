"""What the pages are made with that is not ours: of known versions, unchanged, and with its licence."""

import re
from hashlib import sha256

import orjson

from streams.console.rendering import FOLDER

VENDOR = FOLDER / "static" / "vendor"


def test_what_is_not_ours_is_as_it_was_published_and_bears_its_licence() -> None:
    told = orjson.loads((VENDOR / "versions.json").read_bytes())
    assert {path.name for path in VENDOR.glob("*.min.*")} == told.keys()
    for name, one in told.items():
        assert sha256((VENDOR / name).read_bytes()).hexdigest() == one["sha256"]
        assert (VENDOR / f"{name.partition('.')[0]}.LICENSE").read_text().strip()


def test_pages_take_nothing_from_elsewhere_and_hold_no_script_or_style() -> None:
    for page in sorted((FOLDER / "templates").glob("*.html")):
        text = page.read_text()
        assert "://" not in text, page.name
        assert " style=" not in text, page.name
        assert not re.search(r"\son[a-z]+=", text), page.name
        assert "<style" not in text, page.name
        assert all(" src=" in tag for tag in text.split("<script")[1:] if tag), page.name
    assert "://" not in (FOLDER / "static" / "console.css").read_text()
