"""The conversations that a browser session has open. A room holds a running answer, so it outlives reruns."""

from collections.abc import Callable

import streamlit as st

from dashboard import resources
from services.chat.room import ChatRoom
from services.chat.turns import Conversation

MOST_ROOMS = 12
_KEY = "chat-rooms"

RoomKey = tuple[str, str, str, str]
"""A connection's key, and the ids of the memory, actor and session at it."""


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


def room(memory_id: str, actor_id: str, session_id: str) -> ChatRoom:
    """The room of an actor's session at the live connection, opened once per browser session."""

    def open_room() -> ChatRoom:
        with st.spinner("Opening the session…"):
            return ChatRoom.open(resources.clients(), Conversation(memory_id, actor_id, session_id))

    key = (resources.connection().key, memory_id, actor_id, session_id)
    found = _open_rooms().room(key, open_room)
    found.use(resources.clients())  # refreshing makes new ones, with credentials read anew
    return found


def left_unstored(shown: ChatRoom) -> list[ChatRoom]:
    """Other rooms of the live connection in which a turn is not stored yet."""
    rooms = _open_rooms().unstored(resources.connection().key)
    return [room for room in rooms if room is not shown]
