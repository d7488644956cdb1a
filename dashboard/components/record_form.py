"""The fields of a memory record: its text in the form that it has, namespace, strategy, metadata, times."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import text
from dashboard.components import problems
from services.errors import InvalidValue
from services.exact_text import escaped, has_hidden, unescaped
from services.memory.namespace_tree import LikelyStrategy, likely_strategy
from services.records import texts as record_texts
from services.records.contents import Fact, Preference, Summary, parse_content
from services.records.drafts import NO_STRATEGY, Expiry

Row = dict[str, Any]
KINDS = ("Fact", "Preference", "Summary")
FIELDS, STORED = "Fields", "As it is stored"
TALL = 180
NEVER, KEEP, DAYS = "Never", "Leave as it is", "After days"
_TYPES = {
    "STRING": "stringValue",
    "STRINGLIST": "stringListValue",
    "NUMBER": "numberValue",
    "DATETIME": "dateTimeValue",
}


@dataclass(frozen=True)
class Filled:
    """What a form holds; `wrong` are sentences about what cannot be used."""

    text: str
    namespaces: tuple[str, ...]
    strategy_id: str
    metadata: dict[str, Row]
    timestamp: datetime | None
    expiry: Expiry
    wrong: tuple[str, ...]


def fields(memory: Row, record: Row, namespaces: list[str], key: str, *, kind: str | None = None) -> Filled:
    """The form, filled with `record` (the API's dict). `namespaces` are offered; `kind`: the text is to be
    written in this form, else in the form that it has."""
    wrong: list[str] = []
    body = _body(str(record["content"]["text"]), key, kind, wrong)
    left, right = st.columns(2)
    with left:
        namespace = _namespace(record, namespaces, key)
    with right:
        likely = likely_strategy(memory, namespace) if kind else None
        if kind:
            _follow_namespace(key, likely)
        strategy_id = _strategy(memory, record, key, likely)
    left, right = st.columns(2)
    with left:
        timestamp = _timestamp(record.get("timestamp"), key, wrong)
    with right:
        expiry = _expiry(key, new=kind is not None)
    with st.expander("Metadata", key=f"{key}-metadata-open", expanded=bool(record.get("metadata"))):
        metadata = metadata_table(record.get("metadata", {}), f"{key}-metadata", wrong)
    return Filled(
        body, (namespace,) if namespace else (), strategy_id, metadata, timestamp, expiry, tuple(wrong)
    )


def _body(original: str, key: str, kind: str | None, wrong: list[str]) -> str:
    """The text, by fields where it has a form that can be broken."""
    parsed = parse_content(original)
    by_fields: dict[str, Callable[[], str]] = {
        "Preference": lambda: _preference(parsed, original, key, wrong),
        "Summary": lambda: _summary(parsed, original, key, wrong),
    }
    form = kind or type(parsed).__name__
    if form not in by_fields:
        return _stored(original, key, kind, wrong)
    if kind is None:
        way = st.segmented_control(
            "The text", (FIELDS, STORED), default=FIELDS, key=f"{key}-way", required=True
        )
        if way == STORED:
            return _stored(original, key, kind, wrong)
    return by_fields[form]()


def _stored(original: str, key: str, kind: str | None, wrong: list[str]) -> str:
    """The text as it is stored. What had a form must keep it, or agents cannot read it any more."""
    body = exact_area(
        "What it says" if kind or _plain(original) else "As it is stored", original, f"{key}-text", wrong
    )
    before, after = type(parse_content(original)), type(parse_content(body))
    if kind is None and before is not Fact and after is not before:
        wrong.append(f"This is no {before.__name__.lower()} any more as AgentCore stores it: keep its form.")
    return body


def _plain(original: str) -> bool:
    return isinstance(parse_content(original), Fact)


def _preference(parsed: Any, original: str, key: str, wrong: list[str]) -> str:
    known = parsed if isinstance(parsed, Preference) else Preference("", "", ())
    said = exact_area("Preference", known.preference, f"{key}-preference", wrong, height=90)
    context = exact_area("Context: where it was learnt", known.context, f"{key}-context", wrong, height=90)
    listed = exact_area(
        "Categories, one a line", "\n".join(known.categories), f"{key}-categories", wrong, height=90
    )
    given = Preference(context, said, tuple(line for line in listed.split("\n") if line.strip()))
    if listed == "\n".join(known.categories):
        given = Preference(context, said, known.categories)
    wrong += record_texts.preference_problems(given)
    return record_texts.preference_text(given, original)


def _summary(parsed: Any, original: str, key: str, wrong: list[str]) -> str:
    known = parsed.topics if isinstance(parsed, Summary) else ()
    added = st.session_state.setdefault(f"{key}-topics-added", 0 if known else 1)
    topics = []
    for number in range(len(known) + added):
        name, body = known[number] if number < len(known) else ("", "")
        with st.container(border=True, key=f"{key}-topic-{number}", gap="xsmall"):
            title = exact_line(f"Topic {number + 1}", name, f"{key}-topic-{number}-name", wrong)
            said = exact_area("What was said", body, f"{key}-topic-{number}-text", wrong, height=110)
        topics.append((title, said))
    st.button("Add a topic", icon=":material/add:", key=f"{key}-add-topic", on_click=_add_topic, args=(key,))
    if len(known) > 1:
        st.caption("A topic whose name and text are both emptied is removed.")
    if tuple(topics) != known:
        wrong += record_texts.summary_problems(topics)
    return record_texts.summary_text(topics, original)


def _add_topic(key: str) -> None:
    st.session_state[f"{key}-topics-added"] += 1


def exact_area(label: str, value: str, key: str, wrong: list[str], height: int = TALL) -> str:
    """A text field that loses nothing: hidden characters are written as escapes in it."""
    given = st.text_area(label, _in_field(value), key=key, height=height)
    return _of_field(label, value, given, wrong)


def exact_line(label: str, value: str, key: str, wrong: list[str]) -> str:
    """A field of one line that loses nothing."""
    return _of_field(label, value, st.text_input(label, _in_field(value), key=key), wrong)


def _in_field(value: str) -> str:
    return escaped(value) if has_hidden(value) else value


def _of_field(label: str, value: str, given: str, wrong: list[str]) -> str:
    """The text that a field's content stands for; the original where it cannot be read."""
    if not has_hidden(value):
        return given
    st.caption(
        ":material/visibility: This text has hidden characters. They are written as escapes, such as "
        "`\\r` or `\\u202e`, and a backslash as `\\\\`; what you leave stays exactly as it is."
    )
    try:
        return unescaped(given)
    except InvalidValue as error:
        wrong.append(f"{label}: {error}")
        return value


def _namespace(record: Row, namespaces: list[str], key: str) -> str:
    own = next(iter(record.get("namespaces", [])), None)
    options = list(dict.fromkeys([*([own] if own else []), *namespaces]))
    given = st.selectbox(
        "Namespace",
        options,
        index=options.index(own) if own else None,
        key=f"{key}-namespace",
        accept_new_options=True,
        placeholder="None: only found by its id",
        help="Choose one, or type another and press Enter",
    )
    return (given or "").strip()


def _follow_namespace(key: str, likely: LikelyStrategy | None) -> None:
    """Chooses the strategy that the namespace tells, as long as nobody chose another one."""
    chosen, told = f"{key}-strategy", f"{key}-strategy-told"
    before = st.session_state.get(told, NO_STRATEGY)
    now = likely.strategy_id if likely else NO_STRATEGY
    if now != before and st.session_state.get(chosen, NO_STRATEGY) == before:
        st.session_state[chosen] = now
    st.session_state[told] = now


def _strategy(memory: Row, record: Row, key: str, likely: LikelyStrategy | None) -> str:
    names = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    own = record.get("memoryStrategyId") or NO_STRATEGY
    options = list(dict.fromkeys([NO_STRATEGY, *names, own]))
    strategy_id = str(
        st.selectbox(
            "Strategy",
            options,
            index=options.index(own),
            key=f"{key}-strategy",
            format_func=lambda id_: "none" if id_ == NO_STRATEGY else names.get(id_, f"{id_} (deleted)"),
            help="Whose record it is: a strategy merges new memories with its own records only",
        )
    )
    if likely and strategy_id == likely.strategy_id:
        st.caption(
            f"Inferred: the namespace is one of its template {text.label(likely.template)}. Choose “none” if "
            "the record is not to be this strategy's."
        )
    return strategy_id


def _timestamp(known: datetime | None, key: str, wrong: list[str]) -> datetime | None:
    shown = "" if known is None else known.astimezone(UTC).isoformat(timespec="milliseconds")[:-6]
    given = st.text_input(
        "Said at, in UTC", shown, key=f"{key}-timestamp", placeholder="2026-11-21T14:30"
    ).strip()
    if given == shown:
        return known
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        wrong.append(f"“{given}” is no time. Write it like 2026-11-21T14:30.")
        return known
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _expiry(key: str, *, new: bool) -> Expiry:
    ways = (NEVER, DAYS) if new else (KEEP, NEVER, DAYS)
    left, right = st.columns(2)
    way = left.selectbox("Expires", ways, key=f"{key}-expires", help="AWS takes 31 days at least")
    if way != DAYS:
        return "never" if way == NEVER else "keep"
    return int(right.number_input("Days", 31, 36_500, 365, key=f"{key}-days"))


def metadata_table(known: dict[str, Row], key: str, wrong: list[str]) -> dict[str, Row]:
    """Metadata in the API's types; what was not touched stays as it is."""
    shown = [_metadata_row(name, union) for name, union in known.items()]
    edited = st.data_editor(
        pd.DataFrame(shown, columns=["key", "type", "value"], dtype="object"),
        num_rows="dynamic",
        hide_index=True,
        key=key,
        column_config={
            "key": st.column_config.TextColumn("Key", required=True),
            "type": st.column_config.SelectboxColumn(
                "Type", options=list(_TYPES), default="STRING", required=True
            ),
            "value": st.column_config.TextColumn("Value", help="Of a list: with commas between"),
        },
        alt="Metadata of the record",
    )
    found: dict[str, Row] = {}
    for row in edited.to_dict("records"):
        name = str(row["key"] or "").strip()
        if not name or row["key"] is None or row["key"] != row["key"]:
            continue
        if name in found:
            wrong.append(f"The metadata key {name} is there twice.")
        if row in shown:
            found[name] = known[name]
            continue
        try:
            found[name] = metadata_value(str(row["type"]), "" if row["value"] is None else str(row["value"]))
        except InvalidValue as error:
            wrong.append(f"{name}: {error}")
    return found


def _metadata_row(name: str, union: Row) -> Row:
    member, value = next(iter(union.items()))
    kind = next((kind for kind, known in _TYPES.items() if known == member), "STRING")
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    elif isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    return {"key": name, "type": kind, "value": str(value)}


def metadata_value(kind: str, given: str) -> Row:
    """A value as the API takes it; InvalidValue for one that is none of its type."""
    if kind == "STRINGLIST":
        return {"stringListValue": [each.strip() for each in given.split(",") if each.strip()]}
    if kind == "STRING":
        return {"stringValue": given}
    try:
        if kind == "NUMBER":
            return {"numberValue": float(given)}
        moment = datetime.fromisoformat(given)
    except ValueError:
        what = "number" if kind == "NUMBER" else "time, such as 2026-11-21T14:30"
        raise InvalidValue(f"“{given}” is no {what}.") from None
    return {"dateTimeValue": moment if moment.tzinfo else moment.replace(tzinfo=UTC)}


def say_problems(wrong: list[str]) -> None:
    """What keeps the form from being sent."""
    problems.show(dict.fromkeys(wrong))
    if len(wrong) > 1:
        st.caption(text.label(f"{len(wrong)} things to correct."))
