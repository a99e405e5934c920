"""A template as it lies in its folder: its text, and the files beside it that it may import."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from streams.errors import ConfigurationError
from streams.templates.bounds import MIB, SOURCE_BYTES_MAX

ENDINGS = (".jsonnet", ".js")
#: What Jsonnet may import, or import as text.
IMPORTED = frozenset({".jsonnet", ".libsonnet", ".json", ".txt", ".html", ".md"})
#: More files than this in a folder of templates are something else.
FILES_MAX = 1000


@dataclass(frozen=True, slots=True)
class Source:
    """A template's text; `name` is that of its file, `files` what it may import, by their names in its folder."""

    name: str
    text: str
    files: dict[str, str] = field(default_factory=dict)


def read_source(path: Path) -> Source:
    """Read a template and what it may import; blocks as reading files does.

    Raises:
        ConfigurationError: the file cannot be read, or is too large.

    """
    if path.suffix not in ENDINGS:
        raise ConfigurationError([f"{path} must end in {' or '.join(ENDINGS)}"])
    text = _text(path)
    if len(text.encode()) > SOURCE_BYTES_MAX:
        raise ConfigurationError([f"{path} has more than {SOURCE_BYTES_MAX // MIB} MiB"])
    return Source(path.name, text, dict(_beside(path)) if path.suffix == ".jsonnet" else {})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError([f"there is no file {path}"]) from None
    except OSError as error:
        raise ConfigurationError([f"{path}: {error.strerror}"]) from None
    except ValueError:
        raise ConfigurationError([f"{path} is not UTF-8"]) from None


def _beside(path: Path) -> Iterator[tuple[str, str]]:
    """The files of a template's folder that it may import, until there is enough of them; links lead nowhere else."""
    folder, left = path.parent.resolve(), SOURCE_BYTES_MAX
    for number, file in enumerate(sorted(folder.rglob("*"))):
        if number >= FILES_MAX:
            return
        if file.suffix not in IMPORTED or not file.is_file() or not file.resolve().is_relative_to(folder):
            continue
        if (left := left - file.stat().st_size) < 0:
            return
        yield file.relative_to(folder).as_posix(), _text(file)
