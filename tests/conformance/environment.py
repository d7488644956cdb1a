"""What the suites need, fetched once into a cache folder: sources, a Python environment, npm packages.

Nothing of it goes into the project's own environment, and a second run fetches nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = ROOT / os.environ.get("DATA_DIR", ".data") / "conformance"
REQUIREMENTS = HERE / "requirements.txt"
JAVASCRIPT = HERE / "javascript"
INSTALL_SECONDS = 900


class CannotFetch(Exception):
    """A package is not to be had; the message has what the installer said."""


def source(name: str, version: str) -> Path:
    """The unpacked source distribution of a package: its tests are in there, not in the wheel."""
    unpacked = CACHE / "sources" / f"{name.replace('-', '_')}-{version}"
    if not unpacked.exists():
        archives = CACHE / "archives"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--no-deps", "--no-binary", name, "--dest", str(archives), f"{name}=={version}"])
        with tarfile.open(archives / f"{unpacked.name}.tar.gz") as archive:
            archive.extractall(archives, filter="data")
        unpacked.parent.mkdir(exist_ok=True)
        (archives / unpacked.name).rename(unpacked)  # only when it is complete
    return unpacked


def python() -> Path:
    """The interpreter of an environment with all clients, made anew when the requirements change."""
    folder = CACHE / "venv"
    interpreter = folder / "bin" / "python"
    if not _is_current(folder, REQUIREMENTS):
        venv.create(folder, clear=True, with_pip=True)
        _install(interpreter)
        _mark_current(folder, REQUIREMENTS)
    return interpreter


def javascript() -> Path | None:
    """The folder with the JavaScript session and the SDK it imports; None where Node.js is not installed."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    folder = CACHE / "javascript"
    shutil.copytree(JAVASCRIPT, folder, dirs_exist_ok=True)
    if not _is_current(folder, JAVASCRIPT / "package.json"):
        _run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder)])
        _mark_current(folder, JAVASCRIPT / "package.json")
    return folder


def _install(interpreter: Path) -> None:
    """With uv, in a tenth of pip's time; with pip where uv can't (an index only pip is configured for)."""
    try:
        uv = str(Path(sys.executable).with_name("uv"))
        _run([uv, "pip", "install", "--quiet", "--python", str(interpreter), "-r", str(REQUIREMENTS)])
    except CannotFetch as refusal:
        print(f"{refusal}\nTrying pip.", file=sys.stderr)  # noqa: T201 - the installation takes minutes
        pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "-r", str(REQUIREMENTS)])


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotFetch(f"{command[0]}: {error}") from error
    if done.returncode:
        raise CannotFetch(f"{' '.join(command)} failed:\n{done.stderr[-2_000:]}")


def _is_current(folder: Path, requirements: Path) -> bool:
    stamp = folder / ".installed"
    return stamp.exists() and stamp.read_text("utf-8") == _digest(requirements)


def _mark_current(folder: Path, requirements: Path) -> None:
    (folder / ".installed").write_text(_digest(requirements), "utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
