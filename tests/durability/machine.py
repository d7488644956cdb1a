"""The endpoint as a process that ends without warning, and is started again on what is left."""

from __future__ import annotations

import http.client
import json
import random
import re
import shutil
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.durability.served import spawned

SECTOR = 512
_PATIENCE_SECONDS = 300.0  # a busy machine is no failure


class Refused(Exception):
    """The endpoint answered with an error: `status`, and `code` and `message` as AWS names them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


class Client:
    """One keep-alive connection: a request in JSON, an answer in JSON. Not signed: nobody checks it here."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer; Refused, or OSError or HTTPException when there is none."""
        content = b"" if body is None else json.dumps(body).encode()
        self._connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        text = answer.read()
        document: dict[str, Any] = json.loads(text or b"{}")
        if answer.status >= 300:
            raise Refused(answer.status, answer.headers["x-amzn-ErrorType"], document["message"])
        return document

    def close(self) -> None:
        self._connection.close()


class Machine:
    """Ends by kill -9: everything that the process wrote is still there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.port = 0
        self.recoveries: list[float] = []  # seconds from the start of the process to its first answer
        self.virtual: tuple[Path, Path] | None = None
        self.synchronous = "FULL"
        self._said, self._log = folder / "said", folder / "log"
        self._process: BaseProcess | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def left(self) -> Path:
        """The directory that the next start will find."""
        return self.data_dir

    def start(self) -> None:
        """Start it and wait for its first answer."""
        began = time.monotonic()
        process = self.spawn()
        while "\n" not in (line := self.said()):
            late = time.monotonic() > began + _PATIENCE_SECONDS
            assert process.is_alive() and not late, f"The endpoint did not start:\n{self.log()}"
            time.sleep(0.005)
        found = re.search(r"http://127\.0\.0\.1:(\d+) ", line)
        assert found, line
        self.port = int(found[1])
        client = Client(self.port)
        client.ask("GET", "/healthz")
        client.close()
        self.recoveries.append(time.monotonic() - began)

    def spawn(self) -> BaseProcess:
        """Start it and do not wait."""
        self._said.unlink(missing_ok=True)
        self._process = spawned(self.data_dir, self._said, self._log, self.virtual, self.synchronous)
        return self._process

    def said(self) -> str:
        """What it said when it was ready to serve."""
        return self._said.read_text("utf-8") if self._said.exists() else ""

    def crash(self) -> None:
        """End it now."""
        assert self._process is not None
        self._process.kill()
        self._process.join()

    def stop(self) -> int | None:
        """Stop it as Ctrl-C does; the exit code."""
        assert self._process is not None
        self._process.terminate()
        self._process.join(_PATIENCE_SECONDS)
        return self._process.exitcode

    def runs(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def log(self) -> str:
        return self._log.read_text("utf-8") if self._log.exists() else ""


class UnpluggedMachine(Machine):
    """Ends by power failure: only what was synced is left, and with `torn` also a random part of what was
    not, each sector of 512 bytes for itself.
    """

    def __init__(self, folder: Path, chance: random.Random, synchronous: str = "FULL") -> None:
        super().__init__(folder)
        self.disk = folder / "disk"
        self.full = folder / "full"
        self.torn = False
        self.virtual = (self.disk, self.full)
        self.synchronous = synchronous
        self._chance = chance
        self.disk.mkdir()

    @property
    def left(self) -> Path:
        return self.disk

    def spawn(self) -> BaseProcess:
        for unnamed in self.disk.glob("*.unnamed"):
            unnamed.unlink()
        shutil.rmtree(self.data_dir, ignore_errors=True)
        shutil.copytree(self.disk, self.data_dir)
        return super().spawn()

    def crash(self) -> None:
        super().crash()
        if self.torn:
            for name in ("agentcore.sqlite", "agentcore.sqlite-wal"):
                self._tear(self.data_dir / name, self.disk / name)

    def _tear(self, written: Path, synced: Path) -> None:
        """Let some sectors that differ reach the disk."""
        if not written.exists() or not synced.exists():
            return
        new, old = written.read_bytes(), synced.read_bytes()
        if len(new) < len(old) and self._chance.random() < 0.5:
            old = old[: len(new)]
        result = bytearray(old)
        share = self._chance.random()
        for at in range(0, len(new), SECTOR):
            sector = new[at : at + SECTOR]
            if sector != old[at : at + SECTOR] and self._chance.random() < share:
                result.extend(bytes(max(0, at - len(result))))
                result[at : at + SECTOR] = sector
        synced.write_bytes(result)
