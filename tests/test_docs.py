"""What the README promises exists, and what exists is in the README."""

import re
from pathlib import Path

import dashboard
from dashboard.navigation import PAGES

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_in_the_code() -> set[str]:
    """Every AGENTCORE_STUDIO_ variable that the product's code names."""
    found: set[str] = set()
    for folder in ("dashboard", "pages", "services"):
        for path in (ROOT / folder).rglob("*.py"):
            found.update(re.findall(r"\bAGENTCORE_STUDIO_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    return found


def test_every_page_is_described() -> None:
    table = README.partition("## Pages")[2].partition("\n## ")[0]
    described = set(re.findall(r"^\| (\w[\w ]*) \|", table, re.MULTILINE)) - {"page"}
    assert described == {page.title for page in PAGES}
    assert all((ROOT / "pages" / f"{page.name}.py").exists() for page in PAGES)


def test_every_setting_is_described() -> None:
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    described = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    in_makefile = set(re.findall(r"^(\w+) \?=", makefile, re.MULTILINE))
    assert described == settings_in_the_code() | in_makefile


def test_every_command_is_described() -> None:
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    described = set(re.findall(r"^\| `make ([a-z-]+)` \|", table, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)) - {"help"}
    assert described == targets


def test_the_map_of_the_code_has_each_module_of_the_upper_layers_and_each_package() -> None:
    code = README.partition("## Map of the code")[2].split("```")[1]
    named = set(re.findall(r"\b\w+\.py\b|\b\w+(?=/)", code))
    folders = [ROOT / name for name in ("dashboard", "services", "services/aws_local")]
    modules = {path.name for folder in folders[:2] for path in folder.glob("*.py")} - {"__init__.py"}
    packages = {path.parent.name for folder in folders for path in folder.glob("*/__init__.py")}
    assert (modules | packages) - named == set()
    every = {path.name for folder in folders for path in folder.rglob("*.py")}
    assert {name for name in named if name.endswith(".py")} - every == set()


def test_links_and_pictures_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_changelog_and_code_agree_on_the_version() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest
    assert newest.group(1) == dashboard.__version__


def test_every_requirement_says_why() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if "==" in line and "#" not in line] == []
