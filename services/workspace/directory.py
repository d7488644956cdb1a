"""Where the dashboard keeps its files: the SQLite database, and the audit trail's key and anchor."""

from __future__ import annotations

import os
from pathlib import Path


def data_directory() -> Path:
    """AGENTCORE_STUDIO_DATA, or `.data`; made when it is not there."""
    directory = Path(os.environ.get("AGENTCORE_STUDIO_DATA") or ".data")
    directory.mkdir(parents=True, exist_ok=True)
    return directory
