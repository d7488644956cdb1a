"""The audit trail as a table, and as files to keep, which say where the trail ended: the anchor."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pandas as pd

from services import exports
from services.frames import TIME
from services.workspace import audit_search
from services.workspace.audit_search import AuditAct, AuditSearch
from services.workspace.store import Workspace, to_json

_COLUMNS = ("audit_id", "started_at", "ended_at", "who", "action", "connection", "resource", "result")


def acts_frame(acts: Iterable[AuditAct]) -> pd.DataFrame:
    """One row per act, its index the number of the act's last row, as text."""
    found = list(acts)
    columns = {name: pd.Series([getattr(act, name) for act in found], dtype="object") for name in _COLUMNS}
    frame = pd.DataFrame(columns)
    for name in ("started_at", "ended_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype(TIME)
    frame["outcome"] = pd.Series([act.outcome for act in found], dtype="object")
    frame.index = pd.Index([str(act.audit_id) for act in found], dtype="object")
    return frame


def csv_bytes(workspace: Workspace, search: AuditSearch) -> bytes:
    """Every act that fits, safe in a spreadsheet; the last line has the anchor."""
    anchor = audit_search.anchor(workspace)
    acts = list(audit_search.iter_acts(workspace, search))
    frame = acts_frame(acts).astype({"audit_id": "object"})
    frame["before"] = [None if act.before is None else to_json(act.before) for act in acts]
    frame["after"] = [None if act.after is None else to_json(act.after) for act in acts]
    last = pd.DataFrame([{"action": "(anchor)", "result": json.dumps(anchor)}]).reindex(columns=frame.columns)
    for name in ("started_at", "ended_at"):
        last[name] = pd.to_datetime(last[name], utc=True).astype(TIME)
    return exports.csv_bytes(pd.concat([frame, last.astype(frame.dtypes)], ignore_index=True))


def json_bytes(workspace: Workspace, search: AuditSearch) -> bytes:
    """Every act that fits with its documents, and the anchor."""
    return json.dumps(audit_search.export(workspace, search), ensure_ascii=True, indent=2).encode()
