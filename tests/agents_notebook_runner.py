"""Runs the cells of AWS's notebook “Create Agent with Memory” as Jupyter would, unmodified.

`python -m tests.agents_notebook_runner REPORT CELL…` writes a JSON list to REPORT, one part per cell: the
value of its last line, as text, or what went wrong, which ends the run. What differs from a
reader's Jupyter: sleeps are short, lines that install packages are skipped, `awscli` is a stand-in where it
is not installed, and the headings that the published export made of comments are comments again.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
import time
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LONGEST_SLEEP = 0.1
MAY_FAIL = "try_"  # what the name of a cell begins with whose error does not end the run

real_sleep = time.sleep


def main(report: Path, cells: Sequence[Path]) -> None:
    """Runs the cells in one namespace, in the current directory, and writes the report."""
    time.sleep = lambda seconds: real_sleep(min(seconds, LONGEST_SLEEP))
    if importlib.util.find_spec("awscli") is None:
        stand_in = types.ModuleType("awscli")
        stand_in.__version__ = "not installed"  # type: ignore[attr-defined]
        sys.modules["awscli"] = stand_in
    namespace: dict[str, Any] = {"__name__": "__main__"}
    parts: list[dict[str, Any]] = []
    for cell in cells:
        parts.append(run_cell(cell.stem, cell.read_text("utf-8"), namespace))
        if "error" in parts[-1] and not cell.stem.startswith(MAY_FAIL):
            break
    report.write_text(json.dumps(parts), "utf-8")


def run_cell(name: str, source: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """Runs one cell; the value of its last line is what Jupyter would show."""
    magic, _, rest = source.partition("\n")
    if magic.startswith("%%writefile "):
        Path(magic.split()[1]).write_text(rest, "utf-8")
        return {"cell": name, "value": None}
    tree = ast.parse(as_python(source))
    try:
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), namespace)  # noqa: S102 - the notebook's code
        value = (
            eval(compile(ast.Expression(last.value), name, "eval"), namespace)  # noqa: S307
            if isinstance(last, ast.Expr)
            else None
        )
    except Exception as error:
        return {"cell": name, "error": f"{type(error).__name__}: {error}"}
    return {"cell": name, "value": None if value is None else str(value), "ids": ids(namespace)}


def as_python(source: str) -> str:
    """The cell without shell lines, and with headings as the comments that they were."""
    lines = [line for line in source.splitlines() if not line.startswith("!")]
    return "\n".join(re.sub(r"^(\s*)<h\d>(.*)</h\d>$", r"\1# \2", line) for line in lines)


def ids(namespace: dict[str, Any]) -> dict[str, str]:
    """The plain variables that later checks look for."""
    return {name: value for name, value in namespace.items() if isinstance(value, str) and name[0] != "_"}


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])
