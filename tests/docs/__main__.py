"""Writes those parts of docs/ anew that are made from the code: `python -m tests.docs`."""

from tests.docs.pages import pages, renewed

for page in pages():
    page.write_text(renewed(page.read_text()))
