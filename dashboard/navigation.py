"""The pages, and the links between them. Links are built here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.state import Key

ROOT = Path(__file__).resolve().parents[1]
ICON = str(ROOT / "dashboard" / "icon.svg")
LOGO = str(ROOT / "dashboard" / "logo.svg")


@dataclass(frozen=True)
class PageInfo:
    """One page: its file under `pages/`, its section of the menu, its title, what it is for, and the
    address-bar keys that it uses."""

    name: str
    section: str
    title: str
    purpose: str
    keys: tuple[Key, ...]


_MEMORIES = (Key.MEMORY, Key.TAB, Key.COMPARE)

PAGES = (
    PageInfo(
        "overview", "Inspect", "Overview", "What is in this account and region right now", (Key.MEMORY,)
    ),
    PageInfo(
        "memories", "Inspect", "Memories", "What memory resources exist, and what each extracts", _MEMORIES
    ),
    PageInfo(
        "events",
        "Inspect",
        "Events",
        "Actors, their sessions, and what was said",
        (
            Key.MEMORY,
            Key.FIND_ACTOR,
            Key.ACTOR,
            Key.FIND_SESSION,
            Key.SINCE,
            Key.UNTIL,
            Key.ORDER,
            Key.SESSIONS_READ,
            Key.SESSION,
            Key.EVENT_FILTERS,
            Key.EVENTS_READ,
            Key.SPEAKER,
            Key.TURNS,
            Key.BRANCH,
            Key.COMPARE_BRANCH,
            Key.EVENT,
            Key.EVENT_VIEW,
            Key.SEARCH,
            Key.SEARCH_IN,
        ),
    ),
    PageInfo(
        "records",
        "Inspect",
        "Records",
        "Everything that was extracted, and where it probably came from",
        (
            Key.MEMORY,
            Key.PATH,
            Key.STRATEGY,
            Key.OF_ACTOR,
            Key.FILTERS,
            Key.DATED,
            Key.FROM,
            Key.TO,
            Key.FIND,
            Key.LIMIT,
            Key.TIMELINE,
            Key.RECORD,
            Key.RECORD_TAB,
        ),
    ),
    PageInfo(
        "retrieval",
        "Inspect",
        "Retrieval",
        "Ask as an agent would, and see what it would be given",
        (
            Key.MEMORY,
            Key.SCOPE,
            Key.NAMESPACE,
            Key.STRATEGY,
            Key.STRATEGIES,
            Key.QUERY,
            Key.TOP_K,
            Key.MIN_SCORE,
            Key.FILTERS,
            Key.VIEW,
            Key.FORMAT,
            Key.BASELINE,
            Key.GOLDEN,
            Key.RECORD,
        ),
    ),
    PageInfo(
        "chat",
        "Try",
        "Chat",
        "Talk to a test agent and watch memories being made",
        (
            Key.MEMORY,
            Key.ACTOR,
            Key.SESSION,
            Key.BRANCH,
            Key.CHAT_AGENT,
            Key.PERSONA,
            Key.RUNTIME,
            Key.AGENT,
            Key.ALIAS,
        ),
    ),
    PageInfo(
        "workbench",
        "Try",
        "Prompt workbench",
        "Try an extraction prompt on a stored session before it becomes a strategy",
        (
            Key.MEMORY,
            Key.ACTOR,
            Key.SESSION,
            Key.KIND,
            Key.BESIDE,
            Key.FIRST_EVENT,
            Key.LAST_EVENT,
            Key.BENCH,
            Key.DRAFT,
            Key.SCRATCH,
        ),
    ),
    PageInfo(
        "demos",
        "Try",
        "Demos",
        "Stories that play on live data, to show what memory changes",
        (Key.DEMO,),
    ),
    PageInfo(
        "agents",
        "Bedrock Agents",
        "Agents",
        "Agents of Bedrock Agents: what each remembers, can do, and is tested with",
        (Key.AGENT, Key.AGENT_TAB),
    ),
    PageInfo(
        "agent_chat",
        "Bedrock Agents",
        "Agent chat",
        "Talk to an agent, and see its steps and the memory in its prompt",
        (Key.AGENT, Key.ALIAS, Key.AGENT_MEMORY, Key.AGENT_SESSION),
    ),
    PageInfo(
        "session_summaries",
        "Bedrock Agents",
        "Session summaries",
        "What an agent remembers of whom: read, search, compare, export and delete it",
        (
            Key.AGENT,
            Key.ALIAS,
            Key.AGENT_MEMORY,
            Key.SUMMARY_WORDS,
            Key.SUMMARY_STATES,
            Key.SUMMARY,
            Key.COMPARE_SUMMARY,
        ),
    ),
    PageInfo(
        "notebook_tour",
        "Bedrock Agents",
        "Notebook tour",
        "AWS's notebook “Create Agent with Memory”, step by step, with the calls it makes",
        (Key.TOUR,),
    ),
    PageInfo(
        "review",
        "Curate",
        "Review",
        "Decide, record by record, what may be remembered",
        (
            Key.MEMORY,
            Key.SHOW,
            Key.OF_STRATEGY,
            Key.OF_ACTOR,
            Key.BELOW,
            Key.FINDING,
            Key.ASSIGNEE,
            Key.HAVING,
            Key.REVIEWING,
        ),
    ),
    PageInfo(
        "trash",
        "Curate",
        "Trash",
        "Deleted records, and what was done to records: restore and undo",
        (Key.MEMORY, Key.ACT),
    ),
    PageInfo(
        "snapshots",
        "Curate",
        "Snapshots",
        "Save what a memory holds, compare two states, write records again here or elsewhere",
        (Key.MEMORY, Key.SNAPSHOT, Key.SNAPSHOT_AGAINST),
    ),
    PageInfo(
        "erase",
        "Curate",
        "Erase a person",
        "Find everything of one person, delete it, check twice, and keep the proof",
        (),
    ),
    PageInfo(
        "audit",
        "Administer",
        "Audit trail",
        "What was changed through this dashboard, by whom, and whether that record is intact",
        (
            Key.ENTRY_TEXT,
            Key.ENTRY_WHO,
            Key.ENTRY_ACTION,
            Key.ENTRY_OUTCOME,
            Key.ENTRY_CONNECTION,
            Key.ENTRY_RESOURCE,
            Key.ENTRY_SINCE,
            Key.ENTRY_UNTIL,
            Key.ENTRY_PAGE,
            Key.ENTRY,
        ),
    ),
    PageInfo(
        "access",
        "Administer",
        "Access",
        "Which reads this connection may make, and the IAM policies that people need",
        (Key.MEMORY,),
    ),
)


def info(name: str) -> PageInfo:
    """The page of that name; KeyError for none."""
    return {page.name: page for page in PAGES}[name]


def menu_title(page: PageInfo, waiting: Mapping[str, int]) -> str:
    """A page's title in the menu, with how many things there wait for somebody, if any do."""
    number = waiting.get(page.name)
    return f"{page.title} ({number})" if number else page.title


def pages(waiting: Mapping[str, int]) -> dict[str, list[Page]]:
    """The pages in menu order by section, the first of them at the root of the site.

    `waiting`: by page name, how many things there wait for somebody.
    """
    menu: dict[str, list[Page]] = {}
    for page in PAGES:
        menu.setdefault(page.section, []).append(
            st.Page(
                ROOT / "pages" / f"{page.name}.py",
                title=menu_title(page, waiting),
                url_path=page.name,
                default=page is PAGES[0],
                help=page.purpose,
            )
        )
    return menu


def name_of(page: Page) -> str:
    """The name of a page that `st.navigation` returned (the default page's url_path is empty)."""
    return page.url_path or PAGES[0].name


def is_useful_offline(page: Page) -> bool:
    """Whether a page has something to show while the connection is down: policies, what was changed, what has
    been played and recordings."""
    return name_of(page) in {"access", "audit", "demos"}


def link(label: str, page: str, places: Mapping[Key, str | None], *, icon: str | None = None) -> None:
    """A link to a page at a place; values that are None are left out."""
    params = {str(key): value for key, value in places.items() if value}
    connection = st.query_params.get(Key.CONNECTION)
    if connection:
        params[Key.CONNECTION] = connection
    st.page_link(ROOT / "pages" / f"{page}.py", label=label, icon=icon, query_params=params)


def memory_link(label: str, memory_id: str) -> None:
    """To one memory on the Memories page."""
    link(label, "memories", {Key.MEMORY: memory_id})


def session_link(
    label: str,
    memory_id: str,
    actor_id: str,
    session_id: str,
    branch: str | None = None,
    *,
    icon: str | None = None,
) -> None:
    """To one session's transcript on the Events page, or to a branch of it."""
    place = {Key.MEMORY: memory_id, Key.ACTOR: actor_id, Key.SESSION: session_id, Key.BRANCH: branch}
    link(label, "events", place, icon=icon)


def record_link(label: str, memory_id: str, record_id: str) -> None:
    """To one memory record on the Records page."""
    link(label, "records", {Key.MEMORY: memory_id, Key.RECORD: record_id})


def workbench_link(label: str, memory_id: str, *places: tuple[Key, str | None]) -> None:
    """To the prompt workbench for a memory, at a place of it (actor, session, kind of strategy)."""
    link(label, "workbench", {Key.MEMORY: memory_id, **dict(places)}, icon=":material/science:")


def agent_link(label: str, page: str, agent_id: str, *places: tuple[Key, str | None]) -> None:
    """To a page about one agent of Bedrock Agents, at a place of it."""
    link(label, page, {Key.AGENT: agent_id, **dict(places)})
