"""What comes of a template and an event: JSON, or why there is none and where."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a template gave nothing, and where in which file; lines and columns count from 1."""

    message: str
    line: int = 1
    column: int = 1
    file: str = ""

    def told(self, template: str) -> str:
        """The failure in words, with its place; `template` names the file where nothing else does."""
        return f"{self.file or template}:{self.line}:{self.column}: {self.message}"

    def wire(self) -> dict[str, Any]:
        """The failure as plain data."""
        return {"message": self.message, "line": self.line, "column": self.column, "file": self.file}


#: JSON as a template gave it; `null` is a template that asks for nothing.
Rendered = bytes | Failed
