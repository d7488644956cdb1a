"""The house's rules that a program can check: who may import whom, and what modules may be called."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("dashboard", "pages", "services")
AWS_LOCAL_MAY_IMPORT = {"botocore", "numpy", "apsw", "starlette", "uvicorn", "services"}


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file, by full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; imports are by package name"
            yield str(node.module)


def violations(folder: str, *forbidden: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources(folder)
        for module in imported(path)
        if any(module == name or module.startswith(f"{name}.") for name in forbidden)
    ]


def test_there_is_something_to_check() -> None:
    assert all(sources(layer) for layer in LAYERS)


def test_services_never_import_streamlit_or_a_page() -> None:
    assert violations("services", "streamlit", "dashboard", "pages") == []


def test_dashboard_and_pages_never_call_aws_themselves() -> None:
    assert violations("dashboard", "boto3", "botocore", "bedrock_agentcore") == []
    assert violations("pages", "boto3", "botocore", "bedrock_agentcore") == []


def test_pages_go_through_the_dashboard() -> None:
    assert violations("pages", "services", "pandas", "sqlite3", "sqlalchemy") == []


@pytest.mark.parametrize("folder", ["dashboard", "pages", "services"])
def test_the_embedded_endpoint_is_reached_only_over_the_wire(folder: str) -> None:
    outside = [line for line in violations(folder, "services.aws_local") if "services/aws_local/" not in line]
    assert outside == []


def test_clients_of_aws_are_made_in_one_place() -> None:
    """Where the hooks are put on them that authorise each call and write down what it changes."""
    makers = {"boto3.client", "boto3.resource", "boto3.Session", "EndpointSession"}
    made_in = {
        str(path.relative_to(ROOT))
        for layer in LAYERS
        for path in sources(layer)
        if "aws_local" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in makers
    }
    assert made_in == {"services/clients.py"}


def test_the_embedded_endpoint_imports_nothing_of_the_dashboard() -> None:
    foreign = []
    for path in sources("services/aws_local"):
        for module in imported(path):
            top = module.split(".")[0]
            if top in sys.stdlib_module_names:
                continue
            if top not in AWS_LOCAL_MAY_IMPORT or (
                top == "services" and not module.startswith("services.aws_local")
            ):
                foreign.append(f"{path.relative_to(ROOT)} imports {module}")
    assert foreign == []


def test_no_module_of_the_dashboard_shadows_the_standard_library() -> None:
    """`dashboard/` is at the front of sys.path while Streamlit runs a script."""
    names = {path.stem for path in (ROOT / "dashboard").glob("*.py")} - {"__init__", "__main__"}
    assert names & set(sys.stdlib_module_names) == set()


def test_untrusted_text_never_reaches_html() -> None:
    banned = ("unsafe_allow_html", "st.html(", "components.v1", "st.iframe(")
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for layer in ("dashboard", "pages")
        for path in sources(layer)
        for word in banned
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []
