"""The conversations that a browser session has open. A room holds a running answer, so it outlives reruns."""

from collections.abc import Callable

import streamlit as st

from dashboard import chat_address, resources, state
from dashboard.chat_address import Talk
from dashboard.state import Key
from services.chat.room import ChatRoom
from services.chat.turns import Conversation
from services.short_term.branches import MAIN

MOST_ROOMS = 12
_KEY = "chat-rooms"

RoomKey = tuple[str, str, str, str, str]
"""A connection's key, the ids of the memory, actor and session at it, and the branch's name ("main")."""


class OpenRooms:
    """The rooms of one browser session.

    Above `most` the one that was not looked at for the longest is closed; one that holds something which is
    stored nowhere else stays open.
    """

    def __init__(self, most: int = MOST_ROOMS) -> None:
        self._most = most
        self._rooms: dict[RoomKey, ChatRoom] = {}

    def room(self, key: RoomKey, open_room: Callable[[], ChatRoom]) -> ChatRoom:
        """The room at a key, opened if it isn't yet."""
        room = self._rooms.pop(key, None) or open_room()
        self._rooms[key] = room  # the last looked at is last
        self._close_surplus()
        return room

    def holds(self, key: RoomKey) -> bool:
        """Whether the room at a key is open."""
        return key in self._rooms

    def _close_surplus(self) -> None:
        closable = [key for key in list(self._rooms)[:-1] if not self._rooms[key].unfinished]
        for key in closable[: max(0, len(self._rooms) - self._most)]:
            del self._rooms[key]

    def unstored(self, connection_key: str) -> list[ChatRoom]:
        """The rooms at a connection with a turn that could not be stored."""
        return [room for key, room in self._rooms.items() if key[0] == connection_key and room.unstored]


def _open_rooms() -> OpenRooms:
    rooms: OpenRooms = st.session_state.setdefault(_KEY, OpenRooms())
    return rooms


def room(memory_id: str, talk: Talk) -> ChatRoom:
    """The room of an actor's session at the live connection, opened once per browser session."""

    def open_room() -> ChatRoom:
        with st.spinner("Opening the session…"):
            conversation = Conversation(memory_id, talk.actor_id, talk.session_id, talk.branch)
            return ChatRoom.open(resources.clients(), conversation)

    found = _open_rooms().room(_key(memory_id, talk), open_room)
    found.use(resources.clients())  # refreshing makes new ones, with credentials read anew
    return found


def _key(memory_id: str, talk: Talk) -> RoomKey:
    branch = talk.branch.name if talk.branch else MAIN
    return resources.connection().key, memory_id, talk.actor_id, talk.session_id, branch


def open_place() -> tuple[str, Talk] | None:
    """Where the address bar is on the Chat page, if that conversation is open already: then it can be shown
    without asking AWS."""
    memory_id = state.get(Key.MEMORY)
    if state.page() != "chat" or not memory_id:
        return None
    talk = chat_address.current()
    return (memory_id, talk) if _open_rooms().holds(_key(memory_id, talk)) else None


def left_unstored(shown: ChatRoom) -> list[ChatRoom]:
    """Other rooms of the live connection in which a turn is not stored yet."""
    rooms = _open_rooms().unstored(resources.connection().key)
    return [room for room in rooms if room is not shown]
