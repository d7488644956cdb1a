"""`python -m dashboard`, which is `make run`: the embedded endpoint, the sample data and the dashboard.

Three processes of which this one is the parent: it starts them in order, prints where they are, starts an
endpoint that ended again, and stops them together. Settings come from the environment: ENDPOINT_PORT,
DASHBOARD_PORT, DATA_DIR, ENDPOINT_OPTIONS. Both servers listen on this machine only, since neither asks who
is there.
"""

import ctypes
import math
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
START_DEADLINE_SECONDS = 60.0
STOP_DEADLINE_SECONDS = 10.0
WORTH_A_RESTART_SECONDS = 30.0
"""An endpoint that was restarted and ends sooner would only do so again."""
_LEFT_OFF = "It stays off. The dashboard goes on without it; Ctrl-C, then `make run`, starts both."


@dataclass(frozen=True)
class Settings:
    """Where the two servers listen, where they keep their data, and further options of the endpoint."""

    endpoint_port: int
    dashboard_port: int
    data_dir: Path
    endpoint_options: tuple[str, ...] = ()

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self.endpoint_port}"

    @property
    def endpoint_health_url(self) -> str:
        return f"{self.endpoint_url}/healthz"

    @property
    def dashboard_url(self) -> str:
        return f"http://{HOST}:{self.dashboard_port}"

    @property
    def sample_data_marker(self) -> Path:
        """Exists once the sample data was loaded, so that a removed sample stays removed."""
        return self.data_dir / "sample-data-loaded"


class CannotStart(Exception):
    """Something the person has to change first; the message says what."""


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Reads the settings; raises CannotStart for ports that are no numbers, or the same, and for options that
    are no command line."""
    endpoint_port = _port(environment, "ENDPOINT_PORT", 8765)
    dashboard_port = _port(environment, "DASHBOARD_PORT", 8501)
    if endpoint_port == dashboard_port:
        raise CannotStart(f"ENDPOINT_PORT and DASHBOARD_PORT are both {endpoint_port}: each needs its own.")
    return Settings(
        endpoint_port=endpoint_port,
        dashboard_port=dashboard_port,
        data_dir=Path(environment.get("DATA_DIR", ".data")).resolve(),
        endpoint_options=_options(environment.get("ENDPOINT_OPTIONS", "")),
    )


def _options(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise CannotStart(f"ENDPOINT_OPTIONS is '{text}', which is no command line: {error}.") from None


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"{name} is '{text}', which is not a port number between 1 and 65535.")
    return int(text)


def check_port(port: int, variable: str) -> None:
    """Raises CannotStart when nothing can listen on the port, naming the variable that moves it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} can't be used ({error.strerror}). If another program has it, choose another "
                f"port with {variable}, for example: make run {variable}={_another(port)}"
            ) from error


def _another(port: int) -> int:
    return port + 10 if port < 65_000 else port - 10


def endpoint_command(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "services.aws_local"),
        *("--host", HOST, "--port", str(settings.endpoint_port)),
        *("--data-dir", str(settings.data_dir / "endpoint")),
        *settings.endpoint_options,
    ]


def dashboard_command(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "server.py")),
        *("--server.address", HOST, "--server.port", str(settings.dashboard_port)),
    ]


def sample_data_command(settings: Settings) -> list[str]:
    return [sys.executable, "-m", "services.sample_data", "load", "--endpoint-url", settings.endpoint_url]


def child_environment(settings: Settings) -> dict[str, str]:
    """The parent's environment, with the checkout importable and the data placed."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "AGENTCORE_STUDIO_ENDPOINT": settings.endpoint_url,
        "AGENTCORE_STUDIO_DATA": str(settings.data_dir),
    }


def end_with_parent() -> None:
    """Runs in a new child: Linux ends it when this launcher dies in whatever way, kill -9 included.

    Other systems have nothing like it; there a killed launcher leaves its servers, and their ports, behind.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None)
_IN_CHILD = end_with_parent if sys.platform == "linux" else None


class Launcher:
    """The child processes, started in order and stopped together."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.children: list[subprocess.Popen[bytes]] = []
        self.stopping = threading.Event()

    def stop_on_signals(self) -> None:
        """Ctrl-C, `kill`, and closing the terminal all stop everything in order."""

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            self.stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, on_signal)

    def start(self, command: list[str], *, quiet: bool = False) -> subprocess.Popen[bytes]:
        """Starts one child in a group of its own, so that a Ctrl-C reaches it through us, once."""
        child = subprocess.Popen(  # noqa: S603 - our own modules
            command,
            cwd=ROOT,
            env=child_environment(self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            start_new_session=True,
            preexec_fn=_IN_CHILD,  # noqa: PLW1509 - this process has one thread
        )
        self.children.append(child)
        return child

    def wait_until_serving(self, child: subprocess.Popen[bytes], url: str, name: str) -> None:
        """Polls `url` until it answers; raises CannotStart when the child ends or the deadline passes."""
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while not self.stopping.is_set():
            if child.poll() is not None:
                raise CannotStart(f"{name} stopped while starting (exit code {child.returncode}); see above.")
            if time.monotonic() > deadline:
                raise CannotStart(f"{name} did not answer at {url} within {START_DEADLINE_SECONDS:.0f} s.")
            if _answers(url):
                return
            self.stopping.wait(0.05)

    def load_sample_data(self) -> None:
        """Loads the sample data, on the first start only, and remembers that it was loaded.

        Waits for it: a dashboard opened before would show, and keep for a while, that there is no memory.
        """
        if self.stopping.is_set() or self.settings.sample_data_marker.exists():
            return
        print("Loading the sample data (on the first start only)", flush=True)
        loading = self.start(sample_data_command(self.settings))
        while loading.poll() is None and not self.stopping.wait(0.05):
            pass
        if loading.returncode == 0:
            self.settings.sample_data_marker.touch()
        elif not self.stopping.is_set():
            print("The sample data could not be loaded (see above); the rest works without it.", flush=True)

    def wait(self, endpoint: subprocess.Popen[bytes], dashboard: subprocess.Popen[bytes]) -> int:
        """Waits until the dashboard ends by itself or a signal arrives; returns the exit code.

        An endpoint that ends is started again. One that does not stay up is left off: the dashboard says so
        itself, and may be looking at AWS.

        A closed terminal tells only its first program (signal SIGHUP), which may be a make that keeps it to
        itself: so we look whether the terminal is still there, too.
        """
        running: subprocess.Popen[bytes] | None = endpoint
        started = -math.inf  # the first end is always worth another try
        in_terminal = os.isatty(0)
        while not self.stopping.wait(0.3):
            if in_terminal and not os.isatty(0):
                return 0
            if dashboard.poll() is not None:
                code = dashboard.returncode
                print(f"The dashboard ended by itself (exit code {code}); stopping.", flush=True)
                return 1
            if running is not None and running.poll() is not None:
                code, lasted = running.returncode, time.monotonic() - started
                print(f"The embedded endpoint ended by itself (exit code {code}).", flush=True)
                started = time.monotonic()
                running = self._start_endpoint_again() if lasted > WORTH_A_RESTART_SECONDS else None
                if running is None:
                    print(_LEFT_OFF, flush=True)
        return 0

    def _start_endpoint_again(self) -> subprocess.Popen[bytes] | None:
        """The endpoint on the same port and data; None, and it is ended, where it does not come up."""
        endpoint = self.start(endpoint_command(self.settings))
        try:
            self.wait_until_serving(endpoint, self.settings.endpoint_health_url, "The embedded endpoint")
        except CannotStart as problem:
            print(problem, flush=True)
            endpoint.kill()
            return None
        print("The embedded endpoint runs again, with the same data.", flush=True)
        return endpoint

    def stop(self) -> None:
        """Asks every child to end, newest first, and kills what has not ended by the deadline."""
        self.stopping.set()
        for child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_DEADLINE_SECONDS
        for child in self.children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def announcement(settings: Settings) -> str:
    """What the person needs to know once everything runs."""
    url = settings.endpoint_url
    return f"""
  AgentCore Memory Studio   {settings.dashboard_url}
  Embedded AWS endpoint     {url}   (data in {settings.data_dir})

  Point any SDK at the embedded endpoint:
    export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE={url}
    export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL={url}
  It accepts any credentials; with none configured also set:
    export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-west-2

  Ctrl-C stops both.
"""


def run(settings: Settings) -> int:
    """Starts everything and stays until it is stopped; returns the exit code."""
    launcher = Launcher(settings)
    launcher.stop_on_signals()
    check_port(settings.endpoint_port, "ENDPOINT_PORT")
    check_port(settings.dashboard_port, "DASHBOARD_PORT")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        endpoint = launcher.start(endpoint_command(settings))
        dashboard = launcher.start(dashboard_command(settings), quiet=True)
        launcher.wait_until_serving(endpoint, settings.endpoint_health_url, "The embedded endpoint")
        launcher.load_sample_data()
        launcher.wait_until_serving(dashboard, f"{settings.dashboard_url}/_stcore/health", "The dashboard")
        if not launcher.stopping.is_set():
            print(announcement(settings), flush=True)
        return launcher.wait(endpoint, dashboard)
    finally:
        launcher.stop()


def main() -> int:
    try:
        if sys.argv[1:]:
            raise CannotStart(f"No arguments are taken; settings are environment variables.\n\n{__doc__}")
        return run(settings_from(os.environ))
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
