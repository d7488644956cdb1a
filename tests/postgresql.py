"""A PostgreSQL server for the tests: the machine's own programs, an empty data directory, a Unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from dashboard.__main__ import end_with_parent

START_SECONDS = 90.0
STOP_SECONDS = 60.0
USER = "studio"
_IN_CHILD = end_with_parent if sys.platform == "linux" else None
"""So that a test run that is killed leaves no server behind."""
# Nothing of this has to outlive the machine: a test that starts a server should not wait for its disk.
_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")


class PostgreSQL:
    """One server. PostgreSQL refuses to be run by root, so then `postgres` (or `nobody`) runs it."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: a socket lives in it
        self._user = _unprivileged() if os.getuid() == 0 else None
        if self._user:
            shutil.chown(self.directory, self._user)
        self._log = self.directory / "log"
        self._schemas = 0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        data = str(self.directory / "data")
        made = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={USER}"]
        subprocess.run(
            [_program("initdb"), *made, "-D", data], user=self._user, check=True, capture_output=True, cwd="/"
        )
        options = [part for setting in _SETTINGS for part in ("-c", setting)]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [_program("postgres"), "-D", data, "-k", str(self.directory), *options],
                user=self._user,
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=_IN_CHILD,  # noqa: PLW1509 - tests start no server from a thread
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self._dsn).close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"PostgreSQL did not start: {self._log.read_text()}") from error
            time.sleep(0.05)

    @property
    def _dsn(self) -> str:
        return f"host={self.directory} user={USER} dbname=postgres"

    def new_url(self) -> str:
        """The SQLAlchemy URL of a new, empty schema."""
        self._schemas += 1
        schema = f"test_{self._schemas}"
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")  # type: ignore[call-overload]
        return f"postgresql://{USER}@/postgres?host={self.directory}&options=-csearch_path%3D{schema}"

    def stop(self) -> None:
        """Stop at once; whatever is connected is thrown out."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def remove(self) -> None:
        shutil.rmtree(self.directory)


def _unprivileged() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _program(name: str) -> str:
    """A program of PostgreSQL; Debian keeps most of them beside the versions, not in the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    assert path, f"PostgreSQL's {name} was not found; `make test` installs it"
    return path
