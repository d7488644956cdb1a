"""Where the dashboard keeps its files: the SQLite database, snapshots, the audit trail's key and anchor."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

_INSTALLATION = "installation.id"


def data_directory() -> Path:
    """AGENTCORE_STUDIO_DATA, or `.data`; made when it is not there."""
    directory = Path(os.environ.get("AGENTCORE_STUDIO_DATA") or ".data")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def installation_id(directory: Path) -> str:
    """What tells this data directory from those of other computers that share a database; made once.

    A connection's key says the same of another endpoint or account there (“embedded”, a profile's name).
    """
    path = directory / _INSTALLATION
    draft = directory / f"{_INSTALLATION}-{uuid.uuid4().hex}"
    if not path.exists():
        draft.write_text(uuid.uuid4().hex, encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")
