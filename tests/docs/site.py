"""Makes a site of docs/, strictly: `python -m tests.docs.site`, which `make docs` calls.

Pages link to each other as files of the repository. On the site the README is the first page, the changelog is one of
them, and what else is linked lies beside them; and there is a page of the schemas, which are written anew.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from streams.cli import schema_files
from tests.docs.pages import DOCS, ROOT, slug

CONFIG = DOCS / "mkdocs.yml"
MKDOCS = ROOT / ".cache" / "docs" / "bin" / "mkdocs"
PAGES, SITE = ROOT / ".cache" / "site" / "pages", ROOT / ".cache" / "site" / "html"
#: Files of the repository that are pages of the site, too.
BESIDE = {ROOT / "README.md": "index.md", ROOT / "CHANGELOG.md": "changelog.md"}
#: Headings that the site would name otherwise.
_HEADING = re.compile(r"^#+ (.*&lt;.*)$", re.MULTILINE)
_LINK = re.compile(r"(\]\()([^)\s#:]+)((?:#[^)\s]*)?\))")
SCHEMAS = """\
# Schemas and AsyncAPI

As `infobip-streams schema --out DIR` writes them.

- [asyncapi.yaml](schemas/asyncapi.yaml): every topic with its keys, records, examples, compaction, writers and readers,
  in AsyncAPI 3.0. [Topics and records](topics.md) shows the same to read.
- [jobs.schema.json](schemas/jobs.schema.json): the configuration, for editors. At the top of `jobs.yaml`:
  `# yaml-language-server: $schema=jobs.schema.json`
"""


def lay_out() -> None:
    """Write all pages as the site has them into a folder of their own."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for source in (*BESIDE, *sorted(DOCS.rglob("*"))):
        if source.suffix == ".md":
            _write(PAGES / _place(source), _linked(source))
        elif source.is_file() and source.suffix not in {".yml", ".yaml"}:
            _copy(source)
    for name, text in schema_files.texts().items():
        _write(PAGES / "schemas" / name, text)
    records = [f"- [{name}](schemas/{name})" for name in schema_files.contents() if name.startswith(("aud", "inf"))]
    _write(PAGES / "schemas.md", SCHEMAS + "\n".join(("", "Each record as JSON Schema:", "", *records, "")))


def _linked(source: Path) -> str:
    """A page's text, with its links as they are on the site."""

    def moved(link: re.Match[str]) -> str:
        target = (source.parent / link[2]).resolve()
        if not target.is_file():
            return link[0]
        if target not in BESIDE and not target.is_relative_to(DOCS):
            _copy(target)
        here = PAGES / _place(source)
        return link[1] + os.path.relpath(PAGES / _place(target), here.parent) + link[3]

    named = _HEADING.sub(lambda heading: f"{heading[0]} {{#{slug(heading[1])}}}", source.read_text())
    return _LINK.sub(moved, named)


def _place(source: Path) -> Path:
    """Where a file of the repository lies on the site."""
    if source in BESIDE:
        return Path(BESIDE[source])
    return source.relative_to(DOCS if source.is_relative_to(DOCS) else ROOT)


def _copy(source: Path) -> None:
    target = PAGES / _place(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def build(config: Path = CONFIG) -> subprocess.CompletedProcess[str]:
    """Build a site; a link or a heading that is not there ends it with 1."""
    # Not quietly: what is not shown would not count as a warning, either.
    command = [str(MKDOCS), "build", "--strict", "--config-file", str(config)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def main() -> int:
    """Build it, and say where it is."""
    if not MKDOCS.exists():
        print(f"{MKDOCS} is not there: make docs installs it", file=sys.stderr)
        return 1
    lay_out()
    done = build()
    if done.returncode != 0:
        print(done.stdout + done.stderr, end="", file=sys.stderr)
    else:
        print(f"the site is in {SITE.relative_to(ROOT)}: open {SITE.relative_to(ROOT)}/index.html")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
