"""`python -m services.workspace.audit_check`, which is `make audit-verify`: is the audit trail intact?

Exit code 0: it is. 1: something was found. 2: the trail could not be looked at.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from services.errors import InvalidWorkspace, WorkspaceUnavailable
from services.workspace.audit_chain import Point
from services.workspace.audit_renewal import begin_anew
from services.workspace.audit_verification import Verification, verify
from services.workspace.store import Workspace, open_workspace, sqlite_file


def main(arguments: list[str] | None = None) -> int:
    """Look, tell, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="audit_check", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--export", type=Path, help="an exported trail: the trail has to go on from its anchor"
    )
    parser.add_argument("--begin-anew", action="store_true", help="for a lost key: put the trail aside first")
    options = parser.parse_args(arguments)
    try:
        kept = _kept(options.export) if options.export else None
        workspace = _workspace()
        try:
            if options.begin_anew:
                _say(f"The trail of before is in {begin_anew(workspace)}; a new one begins.")
            found = verify(workspace, kept)
        finally:
            workspace.close()
    except (InvalidWorkspace, WorkspaceUnavailable, OSError, ValueError) as error:
        _say(f"The audit trail could not be checked: {error}")
        return 2
    _tell(found)
    return 0 if found.intact else 1


def _workspace() -> Workspace:
    """The workspace; FileNotFoundError rather than an empty new one, whose trail would be intact."""
    path = sqlite_file()
    if path is not None and not path.exists():
        raise FileNotFoundError(f"there is no database {path}")
    return open_workspace()


def _kept(path: Path) -> Point:
    """The end of the trail at the time of an export; ValueError for a file that is none."""
    try:
        anchor = json.loads(path.read_text("utf-8"))["anchor"]
        return Point(int(anchor["count"]), str(anchor["head"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is no export of an audit trail") from error


def _tell(found: Verification) -> None:
    _say(f"{found.rows:,} rows, {found.documents:,} texts, {found.erased:,} texts erased on request")
    for note in found.notes:
        _say(f"Note: {note}")
    for finding in found.findings:
        _say(f"FOUND ({finding.kind}): {finding.text}")
    _say("The audit trail is intact." if found.intact else "The audit trail is NOT intact.")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
