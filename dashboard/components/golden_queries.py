"""Golden queries: questions with what they should find, run again after each change, and how that went."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, format, resources, state, text, times
from dashboard.components import exports, figures, pickers, retrieval_form, tables
from dashboard.components.rank_movement import in_words
from dashboard.state import Key
from services.faults import Fault
from services.frames import one_line_of
from services.retrieval import golden_queries, inquiries
from services.retrieval.inquiries import Inquiry
from services.retrieval.retrieval import Ranked, ranked
from services.workspace.golden import Expectation, GoldenQuery, GoldenResult, GoldenRun

Row = dict[str, Any]
_TABLE = {
    "question": st.column_config.TextColumn("Question", width=360),
    "recall": st.column_config.ProgressColumn("Recall@k", min_value=0.0, max_value=1.0, format="percent"),
    "rank": st.column_config.NumberColumn("Best rank", width=80),
    "expected": st.column_config.NumberColumn("Expected", width=80),
    "asked": st.column_config.TextColumn("Asked", width="medium"),
    "problem": st.column_config.TextColumn("Problem", width="medium"),
}


def overview(memory: Row, inquiry: Inquiry | None) -> None:
    """The golden queries of the memory with their last results, and the present question to become one."""
    queries, runs = resources.golden_queries(memory), resources.golden_runs(memory)
    may_keep = golden_queries.may_keep()
    if queries:
        _runs(memory, queries, runs, may_keep)
        chosen = _table(memory, queries, runs)
        if chosen:
            _detail(memory, chosen, runs, may_keep)
    else:
        st.info(
            "No golden query is saved for this memory yet. Ask a question, say which records or phrases its "
            "answer must hold, and run it again whenever prompts, models or strategies change.",
            icon=":material/flag:",
        )
    if not may_keep:
        st.caption("Saving and running golden queries is for curators and admins.")
    elif inquiry:
        _saving(memory, inquiry, queries)
    else:
        st.caption("Ask a question above to save it as a golden query.")


def _runs(memory: Row, queries: list[GoldenQuery], runs: list[GoldenRun], may_keep: bool) -> None:
    """The last run in two numbers, all runs as a chart, and the button for the next."""
    grid = st.grid(8, min_column_width=90, gap="small", vertical_alignment="center")
    last, before = (runs[-1] if runs else None), (runs[-2] if len(runs) > 1 else None)
    with grid.cell(column_span=1):
        _number(
            "Recall@k",
            last.recall if last else None,
            before.recall if before else None,
            "How much of what was expected is found; k is each query's own Top K",
        )
    with grid.cell(column_span=1):
        _number(
            "MRR",
            last.mean_reciprocal_rank if last else None,
            before.mean_reciprocal_rank if before else None,
            "Mean reciprocal rank: 1 if the first record is an expected one, 0.5 if the second, 0 if none",
        )
    with grid.cell(column_span=4):
        if runs:
            figures.draw(charts.golden_runs(runs, times.zone()), "golden-history")
    with grid.cell(column_span=2):
        if may_keep and st.button(
            f"Run {'all ' if len(queries) > 1 else ''}{format.count(len(queries), 'query', 'queries')}",
            key="run-golden",
            type="primary",
            icon=":material/play_arrow:",
        ):
            _run(memory)
        if last:
            st.caption(f"Last run by {text.label(last.who, 40)}", width="content")
            times.ago(last.at)
    if last and last.failed:
        st.warning(
            f"{format.count(last.failed, 'query', 'queries')} of the last run could not be asked and "
            "count for neither number; the table says why.",
            icon=":material/error:",
        )


def _number(label: str, value: float | None, before: float | None, meaning: str) -> None:
    st.metric(
        label,
        "–" if value is None else f"{value:.2f}",
        delta=None if value is None or before is None else round(value - before, 2),
        help=meaning,
    )


def _run(memory: Row) -> None:
    bar = st.progress(0.0, "Asking…")

    def progress(done: int, calls: int) -> None:
        bar.progress(done / calls, f"{done} of {format.count(calls, 'call')}")

    resources.run_golden_queries(memory, progress)
    st.rerun()


def _table(memory: Row, queries: list[GoldenQuery], runs: list[GoldenRun]) -> GoldenQuery | None:
    results = _results(runs[-1]) if runs else {}
    frame = pd.DataFrame(
        [_row(memory, query, results.get(query.golden_query_id)) for query in queries],
        index=[query.golden_query_id for query in queries],
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{format.count(len(queries), 'golden query', 'golden queries')}, with the last run's results."
        )
        exports.menu("golden-queries", frame, frame.to_dict("records"), complete=True)
    chosen = tables.choose_row(
        frame,
        Key.GOLDEN,
        f"golden-{memory['id']}",
        column_order=tuple(_TABLE) if frame["problem"].any() else tuple(_TABLE)[:-1],
        column_config=_TABLE,
        placeholder="–",
        height="auto" if len(frame) <= 10 else 386,
        alt="Golden queries",
    )
    pickers.say_if_missing(Key.GOLDEN, list(frame.index), "golden query")
    return next((query for query in queries if query.golden_query_id == chosen), None)


def _row(memory: Row, query: GoldenQuery, result: GoldenResult | None) -> Row:
    known = [rank for rank in result.ranks if rank] if result else []
    return {
        "question": text.preview(query.inquiry.query, 300),
        "recall": result.recall if result else None,
        "rank": min(known, default=None),
        "expected": len(query.expected),
        "asked": text.preview(in_words(memory, query.inquiry), 300),
        "problem": text.preview(result.fault or "", 300) if result else "",
    }


def _results(run: GoldenRun) -> dict[str, GoldenResult]:
    return {result.golden_query_id: result for result in run.results}


def _detail(memory: Row, query: GoldenQuery, runs: list[GoldenRun], may_keep: bool) -> None:
    """One golden query: what it expects, where the last run found it, and what can be done with it."""
    with st.container(border=True, key="golden-detail"):
        st.markdown(f"**{text.label(query.inquiry.query, 300)}**")
        st.caption(text.label(in_words(memory, query.inquiry), 600))
        _expectations(query, _results(runs[-1]).get(query.golden_query_id) if runs else None)
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Ask it now",
                key="ask-golden",
                icon=":material/search:",
                on_click=_ask,
                args=(query.inquiry,),
            )
            if may_keep:
                _delete(query)


def _expectations(query: GoldenQuery, result: GoldenResult | None) -> None:
    ranks = result.ranks if result and result.fault is None else None
    st.dataframe(
        [
            {
                "expected": text.visible(each.text),
                "as": "record" if each.record_id else "phrase",
                "found": _found(ranks[number] if ranks else None, asked=ranks is not None),
            }
            for number, each in enumerate(query.expected)
        ],
        hide_index=True,
        column_config={
            "expected": st.column_config.TextColumn("Expected", width=480),
            "as": st.column_config.TextColumn("As", width=70),
            "found": st.column_config.TextColumn("Last run", width=110),
        },
        alt="What the golden query expects",
    )


def _found(rank: int | None, *, asked: bool) -> str:
    if not asked:
        return "not asked yet"
    return "not found" if rank is None else f"at rank {rank}"


def _ask(inquiry: Inquiry) -> None:
    retrieval_form.ask(inquiry, view="records")


def _delete(query: GoldenQuery) -> None:
    with st.popover("Delete", icon=":material/delete:", key="delete-golden"):
        text.plain("This also deletes its results of every run. It cannot be undone.")
        if st.button("Delete it", key="delete-golden-now", type="primary", icon=":material/delete:"):
            resources.delete_golden_query(query.golden_query_id)
            state.put(golden=None)
            st.rerun()


def _saving(memory: Row, inquiry: Inquiry, queries: list[GoldenQuery]) -> None:
    """The present question as a golden query: which records of its answer, or which words, are right."""
    if any(query.inquiry == inquiry for query in queries):
        st.caption("The present question, with these settings, is a golden query already.")
        return
    opened = st.expander(
        "Save the present question as a golden query",
        expanded=not queries,
        icon=":material/flag:",
        key="save-golden",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened:
        answers = resources.answers(memory, inquiry)
        problem = next((each.outcome for each in answers if isinstance(each.outcome, Fault)), None)
        if problem:
            text.plain(
                f"The question got no whole answer ({problem.title}), so only phrases can be expected."
            )
        _save_form(memory, inquiry, {each.record["memoryRecordId"]: each for each in ranked(answers)})


def _save_form(memory: Row, inquiry: Inquiry, found: dict[str, Ranked]) -> None:
    st.caption(text.label(f"“{inquiry.query}” {in_words(memory, inquiry)}", 400))
    key = format.fingerprint([memory["id"], inquiries.dumps(inquiry)])
    records = st.multiselect(
        "Records that the answer must hold",
        list(found),
        key=f"expected-records-{key}",
        format_func=lambda id_: f"#{found[id_].rank}  {text.preview(one_line_of(found[id_].record), 100)}",
        placeholder="Choose among those found now",
    )
    phrases = st.text_area(
        "Phrases that some record must hold, one a line",
        key=f"expected-phrases-{key}",
        placeholder="contacted by email",
        height=90,
    )
    st.caption(
        "A record counts by its id or, since consolidation gives new ids, by the same text. A phrase counts "
        "in any record, upper and lower case alike."
    )
    if st.button("Save golden query", key="save-golden-now", type="primary", icon=":material/flag:"):
        expected = [Expectation(str(found[id_].record["content"]["text"]), id_) for id_ in records]
        expected += [Expectation(line.strip()) for line in phrases.splitlines() if line.strip()]
        state.put(golden=resources.save_golden_query(memory, inquiry, expected))
        st.rerun()
