"""The endpoint's own `main` in a process forked for it, on a real disk or on a virtual one.

Forked, since importing everything anew would be most of what hundreds of starts cost.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest.mock import patch

import apsw

from services.aws_local.__main__ import main
from services.aws_local.storage import store
from tests.durability.virtual_disk import VirtualDisk

_OPTIONS = ("--port", "0", "--extraction-delay", "0.05", "--log-level", "error")


def spawned(
    data_dir: Path, said: Path, log: Path, disk: tuple[Path, Path] | None, synchronous: str
) -> BaseProcess:
    """The endpoint as a new process: what it says goes to `said`, what it logs is added to `log`.

    `disk` is the directory of the virtual disk and the file that makes it full. `synchronous` is SQLite's;
    FULL is what the endpoint asks for, NORMAL breaks it, so that the cycles can be seen to notice.
    """
    return forked(_serve, data_dir, said, log, disk, synchronous)


def forked(function: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A new process that has everything imported and runs one function."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    # Embedding on every core would wait for cores that other processes use.
    with patch.dict(os.environ, OPENBLAS_NUM_THREADS="1"):
        forkserver.ensure_running()
    process = context.Process(target=function, args=arguments)
    process.start()
    return process


def _serve(data_dir: Path, said: Path, log: Path, disk: tuple[Path, Path] | None, synchronous: str) -> None:
    for number, path, mode in ((1, said, os.O_TRUNC), (2, log, os.O_APPEND)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | mode, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    virtual = VirtualDisk(data_dir, *disk) if disk else None
    if synchronous != "FULL":
        _weaken(synchronous)
    sys.argv = ["services.aws_local", "--data-dir", str(data_dir), *_OPTIONS]
    code = main()
    del virtual  # it had to live as long as SQLite used it
    sys.exit(code)


def _weaken(synchronous: str) -> None:
    open_writer = store._open_writer

    def weakened(path: Path) -> apsw.Connection:
        connection = open_writer(path)
        connection.pragma("synchronous", synchronous)
        return connection

    store._open_writer = weakened
