"""Prompt drafts in the workspace: versions, what was typed last, and who may keep them."""

from __future__ import annotations

import pytest

from services.clients import Clients
from services.errors import InvalidValue, NotAuthorized
from services.people import Person, acting_as
from services.workbench import drafts
from services.workbench.drafts import Bench, Prompts
from services.workspace.store import Workspace

HERE = Bench("embedded", "Memory-0123456789", "semantic")
ELSEWHERE = Bench("embedded", "Memory-0123456789", "summary")
CAROL, VIC = Person("carol", "curator", signed_in=True), Person("vic", "viewer", signed_in=True)


def prompts(extraction: str) -> Prompts:
    return Prompts({"extraction": extraction, "consolidation": ""}, "model-1")


def test_each_save_under_a_name_is_its_next_version(workspace: Workspace, live: Clients) -> None:
    for text in ("first", "second"):
        drafts.save(live, workspace, HERE, "  Short\n facts ", prompts(text))
    drafts.save(live, workspace, HERE, "Other", prompts("\ud83d half a pair, and \x00"))
    drafts.save(live, workspace, ELSEWHERE, "Short facts", prompts("of another kind"))
    found = drafts.list_drafts(workspace, HERE)
    assert [(each.name, each.version) for each in found] == [
        ("Other", 1),
        ("Short facts", 2),
        ("Short facts", 1),
    ]
    assert [each.prompts.steps["extraction"] for each in found] == [
        "\ud83d half a pair, and \x00",
        "second",
        "first",
    ]
    assert found[1].prompts.model_id == "model-1"
    assert found[1].who == "tester"
    assert found[2].at < found[1].at
    assert found[1].title == "Short facts, version 2"


def test_deleting_a_draft_takes_all_its_versions_and_no_other(workspace: Workspace, live: Clients) -> None:
    for name in ("Mine", "Mine", "Other"):
        drafts.save(live, workspace, HERE, name, prompts("text"))
    drafts.delete(workspace, HERE, "Mine")
    assert [each.name for each in drafts.list_drafts(workspace, HERE)] == ["Other"]


def test_what_is_typed_is_kept_for_each_person_and_is_no_version(workspace: Workspace, live: Clients) -> None:
    with acting_as(CAROL):
        drafts.keep_typed(live, workspace, HERE, prompts("begun"))
        drafts.keep_typed(live, workspace, HERE, prompts("begun, and gone on"))
    kept = drafts.typed(live, workspace, HERE)
    assert kept is None  # of the tester, who typed nothing
    with acting_as(CAROL):
        found = drafts.typed(live, workspace, HERE)
    assert found is not None
    assert (found.prompts.steps["extraction"], found.who) == ("begun, and gone on", "carol")
    assert drafts.list_drafts(workspace, HERE) == []


@pytest.mark.parametrize(
    ("name", "text"), [("", "text"), ("n" * 81, "text"), ("bad\x00name", "text"), ("Fine", "p" * 30_001)]
)
def test_what_cannot_be_a_draft_is_refused(workspace: Workspace, live: Clients, name: str, text: str) -> None:
    with pytest.raises(InvalidValue):
        drafts.save(live, workspace, HERE, name, prompts(text))
    with pytest.raises(InvalidValue):
        drafts.save(live, workspace, HERE, "Empty", prompts(""))
    assert drafts.list_drafts(workspace, HERE) == []


def test_a_viewer_reads_drafts_and_keeps_none(workspace: Workspace, live: Clients) -> None:
    drafts.save(live, workspace, HERE, "Mine", prompts("text"))
    with acting_as(VIC):
        assert not drafts.may_keep()
        assert len(drafts.list_drafts(workspace, HERE)) == 1
        with pytest.raises(NotAuthorized):
            drafts.save(live, workspace, HERE, "Mine", prompts("other"))
        with pytest.raises(NotAuthorized):
            drafts.keep_typed(live, workspace, HERE, prompts("other"))
        with pytest.raises(NotAuthorized):
            drafts.delete(workspace, HERE, "Mine")
    with acting_as(CAROL):
        assert drafts.may_keep()
    assert len(drafts.list_drafts(workspace, HERE)) == 1
