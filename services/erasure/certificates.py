"""What proves an erasure: a document with counts, times and checks, sealed by this dashboard.

It names nobody: ids are hashed with a salt of its own, so that only who knows an id can tell that it is
meant. Its hash shows whether anything in it was changed; its seal (an HMAC with this dashboard's key) shows
that it was made here. As HTML it is one page for people that carries the same document inside.

    python -m services.erasure.certificates certificate.json --actor-id user-1
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import html
import json
import re
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services import bounded_json
from services.erasure.scan import MemoryScan
from services.erasure.subject import Subject
from services.errors import InvalidValue
from services.workspace.audit_key import load_key
from services.workspace.directory import data_directory
from services.workspace.erasures import Erasure
from services.workspace.store import Workspace

Row = dict[str, Any]
FORMAT = "agentcore-memory-studio erasure certificate"
VERSION = 1
LARGEST_FILE = 20_000_000
_SEALS = ("hash", "seal")
_MARK = "studio-certificate"
NOT_COVERED = (
    "What agents, logs, streams, backups and other systems copied out of the memory.",
    "Text about the person in other people's events.",
    "Records, and notes in the dashboard, that only mention the person and that nobody ticked.",
    "The names of the emptied sessions, which AWS lists for a day more.",
    "Sessions with agents that were open and not known to this dashboard: AWS lists none.",
    "What AWS keeps internally after a deletion that it confirmed.",
)
NOT_COVERED_ELSEWHERE = "Pages that the dashboard's database has not overwritten yet, its logs and backups."


def calls(scan: MemoryScan) -> list[Row]:
    """What was asked of a memory to see what is there, and how much came back. It names nobody."""
    said = {"sessions": len(scan.sessions), "events": scan.events}
    read = {"paths": len(scan.paths), "recordsRead": scan.records_read, "ofThePerson": len(scan.records)}
    return [
        {"call": "ListSessions and ListEvents, for each id", **said},
        {"call": "ListMemoryRecords, from every root", **read},
        {"call": "ListMemoryExtractionJobs, for each id", "failedJobs": scan.jobs},
    ]


def made(workspace: Workspace, erasure: Erasure, subject: Subject) -> Row:
    """The certificate of an erasure whose second check has just passed."""
    is_sqlite = workspace.engine.dialect.name == "sqlite"
    salt, progress, plan = secrets.token_hex(16), erasure.progress, erasure.plan
    document: Row = {
        "format": FORMAT,
        "version": VERSION,
        "erasureId": erasure.erasure_id,
        "connection": erasure.connection_key,
        "operator": erasure.who,
        "askedFor": erasure.at.isoformat(timespec="seconds"),
        "startedAt": progress["startedAt"],
        "closedAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "subject": {
            "algorithm": "SHA-256 of salt, colon, id",
            "salt": salt,
            "actorIds": [hashed(salt, actor_id) for actor_id in subject.actor_ids],
        },
        "memories": {
            memory_id: {
                "foundBefore": plan["before"].get(memory_id),
                "deleted": progress["deleted"].get(memory_id, {}),
                "recordsTickedByHand": len(plan["chosen"].get(memory_id, ())),
            }
            for memory_id in plan["memory_ids"]
        },
        "bedrockAgents": {
            "asked": plan["agents"],
            "summariesFoundBefore": plan["agent_summaries"],
            "summariesDeleted": progress.get("agentSummaries", 0),
            "memorySwitchedOff": progress.get("agentsSwitchedOff", []),
        },
        "cutOff": progress.get("cutOff", False),
        "firstCheck": progress["firstCheck"],
        "secondCheck": progress["secondCheck"],
        "dashboard": {
            "removed": progress["cleaned"],
            "unreadableSnapshots": progress.get("unreadableSnapshots", []),
            "logEmptied": progress["logFolded"],
        },
        "notCovered": [
            *NOT_COVERED,
            *([] if is_sqlite else [NOT_COVERED_ELSEWHERE]),
            *_out_of_reach(progress),
        ],
    }
    document["hash"] = _hash(document)
    document["seal"] = _seal(_key(workspace.audit_key), document)
    return document


def _out_of_reach(progress: Row) -> list[str]:
    """What could not be looked into, as sentences."""
    aliases = [f"{each['agent_id']}/{each['alias_id']}" for each in progress.get("agentsSwitchedOff", ())]
    files = progress.get("unreadableSnapshots", ())
    told = []
    if aliases:
        told.append(
            "What these aliases of Bedrock Agents remembered before their memory was switched off, which AWS "
            f"neither shows nor deletes: {', '.join(aliases)}."
        )
    if files:
        told.append(f"Snapshot files of the dashboard that cannot be read: {', '.join(files)}.")
    if progress["logFolded"] is False:
        told.append(
            "Deleted text may still stand in the log beside the dashboard's database (its -wal file), which "
            "was in use and could not be emptied; closing the dashboard empties it."
        )
    return told


def hashed(salt: str, actor_id: str) -> str:
    """An id as a certificate names it."""
    return hashlib.sha256(f"{salt}:{actor_id}".encode()).hexdigest()


def _body(document: Row) -> bytes:
    body = {name: value for name, value in document.items() if name not in _SEALS}
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _hash(document: Row) -> str:
    return hashlib.sha256(_body(document)).hexdigest()


def _seal(key: bytes, document: Row) -> str:
    return hmac.new(key, _body(document), hashlib.sha256).hexdigest()


def _key(audit_key: bytes) -> bytes:
    """A key of its own, so that no certificate is ever a valid seal of something else."""
    return hmac.new(audit_key, b"erasure certificates", hashlib.sha256).digest()


@dataclass(frozen=True)
class Verdict:
    """`unchanged`: the hash fits; `made_here`: the seal too. `about`: whether the id that was asked for is
    one of the person's; None when none was asked for."""

    unchanged: bool
    made_here: bool
    about: bool | None
    document: Row

    @property
    def valid(self) -> bool:
        return self.unchanged and self.made_here and self.about is not False


def verify(file: bytes, audit_key: bytes, actor_id: str | None = None) -> Verdict:
    """What a certificate (JSON or HTML) is worth; InvalidValue for a file that is none."""
    document = _read(file)
    try:
        subject = document["subject"]
        about = hashed(subject["salt"], actor_id) in subject["actorIds"] if actor_id else None
        same = hmac.compare_digest(str(document["hash"]), _hash(document))
        here = hmac.compare_digest(str(document["seal"]), _seal(_key(audit_key), document))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidValue("This is no certificate of an erasure: parts of it are missing.") from error
    return Verdict(same, here, about, document)


def _read(file: bytes) -> Row:
    if len(file) > LARGEST_FILE:
        raise InvalidValue("The file is too large for a certificate.")
    try:
        text = file.decode("utf-8-sig")
        inside = re.search(rf'<script type="application/json" id="{_MARK}">(.*?)</script>', text, re.DOTALL)
        document = bounded_json.read(inside[1] if inside else text)
    except ValueError as error:
        raise InvalidValue("This is no certificate of an erasure: the file cannot be read.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidValue("This is no certificate of an erasure.")
    if document.get("version") != VERSION:
        raise InvalidValue("This certificate is of a version that is not known here.")
    return document


def json_file(document: Row) -> bytes:
    """The certificate as JSON."""
    return json.dumps(document, indent=2, sort_keys=True).encode()


def html_file(document: Row) -> bytes:
    """The certificate as one page to read or print, with the JSON inside. It loads nothing."""
    inside = json.dumps(document, sort_keys=True).replace("<", "\\u003c")
    rows = "".join(_memory_row(memory_id, document) for memory_id in document["memories"]) or _NO_MEMORY
    facts = [
        ("Erasure", document["erasureId"]),
        ("Connection", document["connection"]),
        ("Operator", document["operator"]),
        ("Begun", document["startedAt"]),
        ("Cut off on the way", _cut_off(document)),
        ("First check", _checked(document["firstCheck"])),
        ("Second check", _checked(document["secondCheck"])),
        ("Closed", document["closedAt"]),
        ("Person, hashed", ", ".join(document["subject"]["actorIds"])),
        ("Bedrock Agents", _of_agents(document["bedrockAgents"])),
        ("SHA-256", document["hash"]),
        ("Seal", document["seal"]),
    ]
    told = "".join(f"<tr><th>{_e(name)}</th><td>{_e(value)}</td></tr>" for name, value in facts)
    removed = document["dashboard"]["removed"]
    cleaned = "".join(f"<li>{_e(_words(name))}: {_e(number)}</li>" for name, number in removed.items())
    missing = "".join(f"<li>{_e(each)}</li>" for each in document["notCovered"])
    return _PAGE.format(
        told=told, rows=rows, cleaned=cleaned, missing=missing, mark=_MARK, inside=inside
    ).encode()


def _memory_row(memory_id: str, document: Row) -> str:
    memory = document["memories"][memory_id]
    found, gone = memory["foundBefore"] or {}, memory["deleted"]
    left = document["secondCheck"]["memories"][memory_id]["counts"]
    cells = [
        memory_id,
        *(f"{found.get(what, '–')} / {gone.get(what, 0)} / {left[what]}" for what in ("events", "records")),
    ]
    return "<tr>" + "".join(f"<td>{_e(cell)}</td>" for cell in cells) + "</tr>"


def _of_agents(told: Row) -> str:
    return f"{told['summariesDeleted']} session summaries deleted" if told["asked"] else "not asked"


def _cut_off(document: Row) -> str:
    return "yes: more may have been deleted than was counted" if document.get("cutOff") else "no"


def _checked(check: Row) -> str:
    return f"{check['at']}, by {check['by']}: nothing left"


def _words(name: str) -> str:
    return re.sub(r"([A-Z])", r" \1", name).lower()


def _e(value: object) -> str:
    return html.escape(str(value))


_NO_MEMORY = '<tr><td colspan="3">There was none in this account and region.</td></tr>'
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Erasure certificate</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 50em; margin: 3em auto; padding: 0 1em; }}
table {{ border-collapse: collapse; margin: 1em 0 2em; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .4em .8em .4em 0; }}
tr {{ border-bottom: 1px solid #d5dde5; }}
td {{ overflow-wrap: anywhere; }} th {{ font-weight: 600; white-space: nowrap; }}
</style></head><body>
<h1>Certificate of erasure</h1>
<p>All data of one person was erased from the memories below, and twice nothing was found any more.</p>
<table>{told}</table>
<h2>Memories</h2>
<table><tr><th>Memory</th><th>Events: found / deleted / left</th><th>Records: found / deleted / left</th></tr>
{rows}</table>
<h2>Removed from the dashboard's own data</h2><ul>{cleaned}</ul>
<h2>Not covered</h2><ul>{missing}</ul>
<script type="application/json" id="{mark}">{inside}</script>
</body></html>
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command that verifies a certificate: 0 when it is valid, 1 when not, 2 for a file that is none."""
    parser = argparse.ArgumentParser(
        prog="python -m services.erasure.certificates", description="Verify a certificate of an erasure."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--actor-id", help="is this id one of the person's?")
    given = parser.parse_args(arguments)
    try:
        verdict = verify(given.file.read_bytes(), load_key(data_directory()), given.actor_id)
    except (OSError, InvalidValue) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    told = [
        "unchanged since it was made" if verdict.unchanged else "CHANGED since it was made",
        "made by this dashboard" if verdict.made_here else "NOT made with this dashboard's key",
    ]
    if verdict.about is not None:
        told.append(f"{given.actor_id} is {'one' if verdict.about else 'NONE'} of the person's ids")
    sys.stdout.write("\n".join([*told, ""]))
    return 0 if verdict.valid else 1


if __name__ == "__main__":
    sys.exit(main())
