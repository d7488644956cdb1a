"""The prompt workbench: what a session is held against, dry runs, drafts, scratch memories."""

import uuid
from collections import OrderedDict
from typing import TypeVar

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import calling, clients, clients_of, forgetter, source, workspace
from dashboard.resources.keeping import CONTENTS, FRESH_SECONDS, MEMORIES, Row, changing, of_contents
from services.listing import Listing
from services.memory.namespaces import StrategyKindName
from services.tasks import Task
from services.workbench import drafts, dry_run, replay, scratch, stored
from services.workbench.drafts import PromptDraft, Prompts
from services.workbench.dry_run import DryRun, DryRunRequest
from services.workbench.replay import Replayed, ReplayRequest
from services.workbench.scratch import Scratch

MOST_RUNS = 64
"""As many runs of everybody are kept for another look; then the oldest goes."""
T = TypeVar("T")


@st.cache_resource(max_entries=1)
def _dry_runs() -> OrderedDict[str, Task[DryRun]]:
    return OrderedDict()


@st.cache_resource(max_entries=1)
def _replays() -> OrderedDict[str, Task[Replayed]]:
    return OrderedDict()


def _begin(runs: OrderedDict[str, Task[T]], task: Task[T]) -> str:
    """Keeps a piece of work and starts it; the id to look at it by. The oldest one gives way, stopped."""
    run_id = uuid.uuid4().hex
    runs[run_id] = task.start()
    while len(runs) > MOST_RUNS:
        runs.popitem(last=False)[1].stop()
    return run_id


def start_dry_run(request: DryRunRequest, memory_id: str, strategy: Row | None, namespace: str | None) -> str:
    """Begins a dry run; its id. Consolidation looks at the records of the strategy in the namespace."""
    live = clients()
    near = stored.nearest(live, memory_id, strategy, namespace) if strategy and namespace else lambda text: []

    def work(task: Task[DryRun]) -> DryRun:
        return dry_run.run(request, near, lambda: task.stopping, task.tell)

    return _begin(_dry_runs(), Task("workbench-dry-run", work))


def dry_run_task(run_id: str | None) -> Task[DryRun] | None:
    """A dry run by its id, while it is kept."""
    return _dry_runs().get(run_id) if run_id else None


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _beside(
    asked: Source, memory_id: str, actor_id: str, session_id: str, strategy_id: str, _strategy: Row
) -> Listing[Row]:
    return stored.records(clients_of(asked), memory_id, _strategy, actor_id, session_id)


def records_beside(memory_id: str, strategy: Row, actor_id: str, session_id: str) -> Listing[Row]:
    """What a strategy has stored where it puts the records of a session."""
    return of_contents(_beside, memory_id, actor_id, session_id, strategy["strategyId"], strategy)


def prompt_drafts(memory_id: str, kind: StrategyKindName) -> list[PromptDraft]:
    """Everybody's saved versions, newest first."""
    return drafts.list_drafts(workspace(), drafts.bench(clients(), memory_id, kind))


def typed_prompts(memory_id: str, kind: StrategyKindName) -> PromptDraft | None:
    """What this person has typed last, if it was kept."""
    return drafts.typed(clients(), workspace(), drafts.bench(clients(), memory_id, kind))


def keep_typed_prompts(memory_id: str, kind: StrategyKindName, prompts: Prompts) -> None:
    """Keeps what is typed and not saved."""
    drafts.keep_typed(clients(), workspace(), drafts.bench(clients(), memory_id, kind), prompts)


def save_prompt_draft(memory_id: str, kind: StrategyKindName, name: str, prompts: Prompts) -> str:
    """Keeps prompts as the next version of a name; the draft's id."""
    return drafts.save(clients(), workspace(), drafts.bench(clients(), memory_id, kind), name, prompts)


def delete_prompt_draft(memory_id: str, kind: StrategyKindName, name: str) -> None:
    """Removes a draft with all its versions."""
    drafts.delete(workspace(), drafts.bench(clients(), memory_id, kind), name)


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def _scratch_memories(asked: Source) -> list[Scratch]:
    return scratch.existing(clients_of(asked), workspace())


def scratch_memories() -> list[Scratch]:
    """The scratch memories of the connection, newest first."""
    with calling():
        return _scratch_memories(source(MEMORIES))


def start_replay(request: ReplayRequest) -> str:
    """Begins to replay a session in a new scratch memory; the replay's id."""
    live, kept = clients(), workspace()

    def work(task: Task[Replayed]) -> Replayed:
        return replay.replay(live, kept, request, lambda: task.stopping, task.tell)

    return _begin(_replays(), Task("workbench-replay", work, forgetter(MEMORIES)))


def replay_task(run_id: str | None) -> Task[Replayed] | None:
    """A replay by its id, while it is kept."""
    return _replays().get(run_id) if run_id else None


def is_replaying() -> bool:
    """Whether any replay goes on, whoever began it."""
    return any(not task.finished for task in list(_replays().values()))


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def _replayed(asked: Source, memory_id: str, _about: Row | None) -> Replayed:
    return replay.results(clients_of(asked), memory_id, _about)


def replayed(memory_id: str, about: Row | None) -> Replayed:
    """What a scratch memory holds now; `about` is what was noted when it was made."""
    return of_contents(_replayed, memory_id, about)


def remove_scratch_memory(memory_id: str) -> None:
    """Deletes a scratch memory; InvalidValue for any other."""
    with changing((MEMORIES,), (CONTENTS, memory_id)):
        scratch.remove(clients(), workspace(), memory_id)
