"""The commands for templates of webhooks, and nothing else."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from streams.errors import ConfigurationError

templates_cli = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Templates to begin with, for jobs of kind webhook."
)
FOLDER = Path("templates")
#: What is to be written into jobs.yaml.
_JOB = """\
  - name: order-{name}
    kind: webhook
    authorization: main
    topics: [audience_memberships]
    path: {path}
    template: {template}"""


@templates_cli.command("list")
def list_templates() -> None:
    """Show the templates to begin with: a name, what its body is for, and what is sent."""
    from streams.templates.starters import STARTERS

    rows = [(name.value, f"POST {one.operation.path}", one.about) for name, one in STARTERS.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip())


@templates_cli.command("new")
def new_template(
    name: Annotated[str, typer.Argument(help="email, whatsapp or sms.")],
    language: Annotated[
        str | None, typer.Option(help="jsonnet or javascript; by the file's ending, else jsonnet.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write; by default in the folder templates, by its name.", show_default=False),
    ] = None,
) -> None:
    """Write a template to begin with, and show the job that uses it. No file is overwritten."""
    from streams.templates.starters import ENDINGS, STARTERS, Language, StarterName, text_of

    what = _named(StarterName, name, "template")
    ending = {said: one for one, said in ENDINGS.items()}.get(out.suffix if out is not None else "")
    chosen = _named(Language, language, "language") if language is not None else ending or Language.jsonnet
    path = FOLDER / f"{what}{ENDINGS[chosen]}" if out is None else out
    if path.suffix != ENDINGS[chosen]:
        raise ConfigurationError([f"--out: a template in {chosen} must end in {ENDINGS[chosen]}"])
    _write(path, text_of(what, chosen))
    typer.echo(f"{path} written; a job in jobs.yaml that uses it:\n")
    typer.echo(_JOB.format(name=what, path=STARTERS[what].operation.path, template=path))


Name = TypeVar("Name", bound=StrEnum)


def _named(names: type[Name], name: str, what: str) -> Name:
    try:
        return names(name)
    except ValueError:
        known = ", ".join(names)
        raise ConfigurationError([f"no {what} is called {name!r} (there are: {known})"]) from None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigurationError([f"{path} is there already: choose another name with --out"]) from None
