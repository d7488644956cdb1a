"""`python -m dashboard`, which is `make run`: what it prints, when it loads, and that nothing outlives it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.__main__ import endpoint_command, settings_from
from tests.conftest import ROOT, free_port

START_SECONDS = 120.0
STOP_SECONDS = 60.0
READY = "Ctrl-C stops both."


class Launched:
    """A running launcher with ports and data of its own."""

    def __init__(self, data_dir: Path, endpoint_port: int, dashboard_port: int, stdin: int) -> None:
        self.endpoint_port, self.dashboard_port = endpoint_port, dashboard_port
        self.log = data_dir.with_suffix(f".{time.monotonic_ns()}.log")
        ports = {"ENDPOINT_PORT": str(endpoint_port), "DASHBOARD_PORT": str(dashboard_port)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dashboard"],
                cwd=ROOT,
                env={**os.environ, **ports, "DATA_DIR": str(data_dir)},
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        return self.log.read_text("utf-8")

    def wait_until_ready(self) -> str:
        """What it printed up to the last line of the announcement."""
        eventually(lambda: READY in self.printed or self.process.poll() is not None, START_SECONDS)
        assert READY in self.printed, self.printed
        return self.printed

    def stop(self, number: signal.Signals) -> int:
        """Sends a signal to the launcher alone; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def is_gone(self) -> bool:
        """Whether neither server is left: nobody listens, and on Linux no process has the ports either."""
        return all(not _listens(port) for port in self._ports) and not self.processes()

    def processes(self, *ports: int) -> list[int]:
        """The ids of the processes whose command line names one of the ports (of both, by default)."""
        wanted = {str(port) for port in ports or self._ports}
        found = (path for path in Path("/proc").glob("[0-9]*/cmdline") if wanted & _words(path))
        return [int(path.parent.name) for path in found]

    @property
    def _ports(self) -> tuple[int, int]:
        return self.endpoint_port, self.dashboard_port


def _words(path: Path) -> set[str]:
    try:
        return set(path.read_bytes().decode("utf-8", "replace").split("\0"))
    except OSError:  # it has just ended
        return set()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("launcher") / "data"


@pytest.fixture
def launch(data_dir: Path) -> Iterator[Callable[..., Launched]]:
    """Starts the launcher; whatever a failed test leaves is killed."""
    started: list[Launched] = []

    def launch(stdin: int = subprocess.DEVNULL) -> Launched:
        started.append(Launched(data_dir, free_port(), free_port(), stdin))
        return started[-1]

    yield launch
    for launched in started:
        if launched.process.poll() is None:
            launched.process.terminate()
            launched.process.wait(STOP_SECONDS)


def memory_count(launched: Launched) -> int:
    """How many memories there are, as the sample data's own command counts them."""
    command = [sys.executable, "-m", "services.sample_data", "status"]
    url = f"http://127.0.0.1:{launched.endpoint_port}"
    answer = subprocess.run(
        [*command, "--endpoint-url", url], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    return len(re.findall(r"^\S+-\w{10}  version \S+  loaded$", answer.stdout, re.MULTILINE))


# In this order: the first start finds an empty directory, the second what the first has left.


def test_the_first_start_says_where_everything_is_and_loads_the_sample_data(
    launch: Callable[..., Launched],
) -> None:
    launched = launch()
    printed = launched.wait_until_ready()
    endpoint = f"http://127.0.0.1:{launched.endpoint_port}"
    assert f"http://127.0.0.1:{launched.dashboard_port}\n" in printed
    assert f"export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE={endpoint}\n" in printed
    assert f"export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL={endpoint}\n" in printed
    assert printed.index("Sample data loaded: 7 memories") < printed.index("AgentCore Memory Studio")
    assert memory_count(launched) == 7
    with urllib.request.urlopen(f"http://127.0.0.1:{launched.dashboard_port}/", timeout=10) as page:
        assert page.status == 200
    assert launched.stop(signal.SIGINT) == 0
    eventually(launched.is_gone, STOP_SECONDS)
    assert "Traceback" not in launched.printed


def test_the_second_start_keeps_the_data_and_loads_nothing(launch: Callable[..., Launched]) -> None:
    launched = launch()
    assert "ample data" not in launched.wait_until_ready()
    assert memory_count(launched) == 7
    assert launched.stop(signal.SIGHUP) == 0
    eventually(launched.is_gone, STOP_SECONDS)
    assert "Traceback" not in launched.printed


def test_a_terminal_that_closes_without_a_signal_stops_it_too(launch: Callable[..., Launched]) -> None:
    terminal, stdin = os.openpty()
    launched = launch(stdin)
    os.close(stdin)
    launched.wait_until_ready()
    os.close(terminal)
    assert launched.process.wait(STOP_SECONDS) == 0
    eventually(launched.is_gone, STOP_SECONDS)


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@linux_only  # elsewhere the servers of a killed launcher stay, as its code says
def test_a_killed_launcher_takes_its_servers_with_it(launch: Callable[..., Launched]) -> None:
    launched = launch()
    launched.wait_until_ready()
    assert len(launched.processes()) == 2
    launched.stop(signal.SIGKILL)
    eventually(launched.is_gone, STOP_SECONDS)


@linux_only
def test_it_can_be_stopped_while_it_starts(launch: Callable[..., Launched]) -> None:
    launched = launch()
    eventually(lambda: len(launched.processes()) == 2, START_SECONDS)
    assert launched.stop(signal.SIGTERM) == 0
    eventually(launched.is_gone, STOP_SECONDS)
    assert "Traceback" not in launched.printed
    assert READY not in launched.printed


@linux_only
def test_an_endpoint_that_ends_is_started_again_and_then_left_off(launch: Callable[..., Launched]) -> None:
    launched = launch()
    launched.wait_until_ready()
    [endpoint] = launched.processes(launched.endpoint_port)
    os.kill(endpoint, signal.SIGKILL)
    eventually(lambda: "runs again" in launched.printed, START_SECONDS)
    assert memory_count(launched) == 7
    [again] = launched.processes(launched.endpoint_port)
    assert again != endpoint
    os.kill(again, signal.SIGKILL)
    eventually(lambda: "ended by itself" in launched.printed.partition("runs again")[2], STOP_SECONDS)
    [dashboard] = launched.processes(launched.dashboard_port)
    with urllib.request.urlopen(f"http://127.0.0.1:{launched.dashboard_port}/", timeout=30) as page:
        assert page.status == 200
    os.kill(dashboard, signal.SIGKILL)
    assert launched.process.wait(STOP_SECONDS) == 1
    assert "The dashboard ended by itself" in launched.printed
    eventually(launched.is_gone, STOP_SECONDS)


def refused(tmp_path: Path, *arguments: str, **environment: str) -> str:
    """What the launcher says when it can't start."""
    answer = subprocess.run(
        [sys.executable, "-m", "dashboard", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(tmp_path / "data"), **environment},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    return answer.stderr


@pytest.mark.parametrize("variable", ["ENDPOINT_PORT", "DASHBOARD_PORT"])
def test_a_port_in_use_names_its_variable(tmp_path: Path, variable: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        free = {"ENDPOINT_PORT": str(free_port()), "DASHBOARD_PORT": str(free_port())}
        message = refused(tmp_path, **{**free, variable: port})
    assert port in message
    assert f"make run {variable}=" in message
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "", "80.5"])
def test_what_is_no_port_is_named(tmp_path: Path, port: str) -> None:
    assert f"DASHBOARD_PORT is '{port}'" in refused(tmp_path, DASHBOARD_PORT=port)


def test_further_options_go_to_the_endpoint() -> None:
    settings = settings_from({"ENDPOINT_OPTIONS": "--run-lambda-code --stream-to 'a folder'"})
    assert endpoint_command(settings)[-3:] == ["--run-lambda-code", "--stream-to", "a folder"]


def test_options_that_are_no_command_line_are_named(tmp_path: Path) -> None:
    free = {"ENDPOINT_PORT": str(free_port()), "DASHBOARD_PORT": str(free_port())}
    assert "ENDPOINT_OPTIONS" in refused(tmp_path, **free, ENDPOINT_OPTIONS="--stream-to 'a folder")


def test_arguments_start_nothing(tmp_path: Path) -> None:
    assert "DASHBOARD_PORT" in refused(tmp_path, "--help")
    assert not (tmp_path / "data").exists()


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    assert f"both {port}" in refused(tmp_path, ENDPOINT_PORT=port, DASHBOARD_PORT=port)
