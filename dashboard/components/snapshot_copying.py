"""Writing a snapshot's records again: which, where, a dry run, and then the writing."""

from collections import Counter

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, text
from dashboard.components import permissions, record_tables, work
from services.connection import parse_connection
from services.records.batches import ItemResult
from services.records.copying import CopyPlan
from services.snapshots.comparison import Comparison
from services.snapshots.snapshots import Snapshot

TALLEST = 320
SHOWN = 200
_WHICH = {"gone": "What is gone since", "all": "All records", "some": "Chosen ones"}
_NONE = "(no strategy)"
_DRY = "copy-dry-run"
_DONE = "copy-results"


def _about(snapshot: Snapshot) -> str:
    return f"copy {snapshot.snapshot_id}"


def under_way(snapshot: Snapshot) -> bool:
    """Draws the writing of this snapshot's records, or how it ended; whether it goes on."""
    if work.progress(_about(snapshot), "Writing", _remember):
        return True
    _results()
    return False


def show(snapshot: Snapshot, found: Comparison) -> None:
    """The choice of records and target, the dry run, and the button that writes."""
    st.caption(
        "Records are written as new ones: each keeps its text, metadata and timestamp, and gets a new id. "
        "What is there already is left out. A changed record is written beside what it is now; the tab "
        "Changed puts it back in place. The writing can be undone in the history of records."
    )
    if permissions.say("BatchCreateMemoryRecords"):
        return
    ids = _chosen(snapshot, found)
    request = _request(snapshot, ids)
    if request is None or not ids:
        return
    if st.button("Dry run", key="dry-run", icon=":material/science:"):
        resources.forget_copy_plan(request)
        st.session_state[_DRY] = request
    if st.session_state.get(_DRY) != request:
        return
    plan = work.result(resources.copy_plan(request), "Reading what is there")
    if plan is None:
        return
    _planned(plan)
    ready = len(plan.ready)
    if st.button(
        f"Write {format.count(ready, 'record')}",
        key="write-records",
        type="primary",
        icon=":material/upload:",
        disabled=not ready,
    ):
        st.session_state.pop(_DRY, None)
        resources.start_copying(_about(snapshot), request, plan)
        st.rerun()


def _chosen(snapshot: Snapshot, found: Comparison) -> tuple[str, ...]:
    which = st.segmented_control(
        "Records",
        list(_WHICH),
        key="copy-which",
        default="gone" if found.removed else "all",
        required=True,
        format_func=_WHICH.__getitem__,
    )
    if which == "gone":
        return tuple(row["memoryRecordId"] for row in found.removed)
    rows = tuple(resources.snapshot_records(snapshot.snapshot_id))
    if which == "all":
        return tuple(row["memoryRecordId"] for row in rows)
    frame = record_tables.frame(rows)
    event = st.dataframe(
        frame,
        key=f"copy-some-{snapshot.snapshot_id}",
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        height=TALLEST,
        column_config=record_tables.COLUMNS,
    )
    return tuple(str(frame.index[place]) for place in event["selection"]["rows"])


def _request(snapshot: Snapshot, ids: tuple[str, ...]) -> resources.CopyRequest | None:
    """Where the records go; None while that is not known."""
    places = resources.connection_keys()
    first, second = st.columns([3, 2], gap="medium")
    place = first.selectbox("Connection", list(places), key="copy-place", format_func=places.__getitem__)
    with second:
        key = _in_region(place)
    ids_there = resources.memories_at(key)
    if not ids_there:
        st.caption("There is no memory at that connection.")
        return None
    source = snapshot.header.memory_id
    memory_id = st.selectbox(
        "Memory there",
        ids_there,
        key=f"copy-memory-{key}",
        index=ids_there.index(source) if source in ids_there else 0,
        format_func=lambda id_: id_.rpartition("-")[0] or id_,
    )
    return resources.CopyRequest(
        snapshot.snapshot_id, ids, key, memory_id, _paths(), _strategies(snapshot, ids, key, memory_id)
    )


def _in_region(key: str) -> str:
    """The connection in the region that is asked for."""
    connection = parse_connection(key)
    regions = resources.regions()
    options = regions if connection.region in regions else [connection.region, *regions]
    index = options.index(connection.region)
    region = st.selectbox("Region", options, index=index, key=f"copy-region-{key}")
    return resources.in_region(key, region)


def _paths() -> tuple[tuple[str, str], ...]:
    with st.expander("Other namespaces there", icon=":material/account_tree:"):
        given = st.text_area(
            "One change a line: old path, arrow, new path",
            key="copy-paths",
            placeholder="/facts/ -> /knowledge/\n/facts/ann/ -> /facts/ann-2/",
            help="Whole path segments count: /facts/ is not the beginning of /facts-old/.",
        )
    pairs = [line.partition("->") for line in given.splitlines() if line.strip()]
    wrong = [line for line, arrow, new in pairs if not (line.strip() and arrow and new.strip())]
    if wrong:
        st.warning(f"This line is no change of a path: {text.label(wrong[0])}", icon=":material/warning:")
    return tuple(
        (old.strip(), new.strip()) for old, arrow, new in pairs if arrow and old.strip() and new.strip()
    )


def _strategies(
    snapshot: Snapshot, ids: tuple[str, ...], key: str, memory_id: str
) -> tuple[tuple[str, str | None], ...]:
    """For each strategy of the records that the target does not have, which of its own takes its place."""
    wanted = set(ids)
    used = Counter(
        row.get("memoryStrategyId") or "none"
        for row in resources.snapshot_records(snapshot.snapshot_id)
        if row["memoryRecordId"] in wanted
    )
    there = resources.strategies_at(key, memory_id)
    unknown = [each for each in used if each != "none" and each not in there]
    if not unknown:
        return ()
    with st.expander("Strategies there", icon=":material/schema:", expanded=True):
        st.caption("The target memory does not have these strategies. A record without one stays as it is.")
        return tuple((each, _strategy(each, used[each], there)) for each in unknown)


def _strategy(strategy_id: str, records: int, there: dict[str, str]) -> str | None:
    stem = strategy_id.rpartition("-")[0]
    alike = next((id_ for id_, name in there.items() if name == stem), None)
    options = [_NONE, *there]
    chosen = st.selectbox(
        f"{text.label(strategy_id)} ({format.count(records, 'record')})",
        options,
        index=options.index(alike) if alike else 0,
        key=f"copy-strategy-{strategy_id}",
        format_func=lambda id_: there.get(id_, id_),
    )
    return None if chosen == _NONE else chosen


def _planned(plan: CopyPlan) -> None:
    """What the dry run found: what would be written, what is there, what AWS would refuse."""
    parts = [f"{format.count(len(plan.ready), 'record')} would be written to {text.label(plan.memory_name)}"]
    parts += [f"{format.count(len(plan.there), 'record')} are there already"] if plan.there else []
    parts += (
        [f"{format.count(plan.without_strategy, 'record')} lose their strategy"]
        if plan.without_strategy
        else []
    )
    st.info(". ".join(parts) + ".", icon=":material/science:")
    if plan.refused:
        st.warning(
            f"{format.count(len(plan.refused), 'record')} would be refused and are left out. The first: "
            f"{text.label(plan.refused[0].problem or '', 200)}",
            icon=":material/warning:",
        )
    rows = plan.planned[:SHOWN]
    if not rows:
        return
    frame = pd.DataFrame(
        {
            "text": [record_tables.line(each.draft.text) for each in rows],
            "namespace": [text.preview(", ".join(each.draft.namespaces)) for each in rows],
            "strategy": [text.preview(each.draft.strategy_id or "none") for each in rows],
            "problem": [text.preview(each.problem or "") for each in rows],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(rows) < 8 else TALLEST,
        column_config={
            "text": st.column_config.TextColumn("Text", width="large"),
            "namespace": st.column_config.TextColumn("Namespace there"),
            "strategy": st.column_config.TextColumn("Strategy there"),
            "problem": st.column_config.TextColumn("Left out because"),
        },
    )
    if len(plan.planned) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(plan.planned):,}.")


def _remember(results: object) -> None:
    """Keeps how the writing ended for the next run: counts and the first reasons."""
    if isinstance(results, list):
        found: list[ItemResult] = results
        failed = [each for each in found if not each.ok]
        bare = [each for each in found if each.lacks_metadata]
        st.session_state[_DONE] = (len(found) - len(failed), _told(failed), _told(bare))
        resources.forget_comparison()


def _told(results: list[ItemResult]) -> tuple[int, str]:
    """How many, and what is said of the first."""
    return len(results), next((each.error_message or each.error_code or "" for each in results), "")


def _results() -> None:
    done = st.session_state.pop(_DONE, None)
    if done is None:
        return
    written, (failed, reason), (bare, why) = done
    with faults.shown():
        st.success(
            f"{format.count(written, 'record')} written, with new ids.", icon=":material/check_circle:"
        )
        if bare:
            st.warning(f"{bare:,} × {text.label(why, 300)}", icon=":material/warning:")
        if failed:
            st.error(
                f"{format.count(failed, 'record')} were not written. {text.label(reason, 300)} A new dry run "
                "leaves out what is there.",
                icon=":material/error:",
            )
