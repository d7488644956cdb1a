"""Which conversations a browser session keeps open."""

from dataclasses import dataclass, field
from typing import Any, cast

from dashboard.chat_rooms import OpenRooms, RoomKey
from services.chat.room import ChatRoom


@dataclass
class Room:
    """As much of a room as matters here."""

    unstored: list[str] = field(default_factory=list)
    running: bool = False

    @property
    def unfinished(self) -> bool:
        return self.running or bool(self.unstored)


def key(number: int, connection: str = "embedded") -> RoomKey:
    return connection, "memory", "alice", f"session-{number}", "main"


def open_(rooms: OpenRooms, number: int, room: Room | None = None) -> Any:
    return rooms.room(key(number), lambda: cast("ChatRoom", room or Room()))


def test_a_room_is_opened_once() -> None:
    rooms = OpenRooms(2)
    assert open_(rooms, 1) is open_(rooms, 1)


def test_the_room_that_was_not_looked_at_for_the_longest_is_closed() -> None:
    rooms = OpenRooms(2)
    first, second = open_(rooms, 1), open_(rooms, 2)
    open_(rooms, 1)
    open_(rooms, 3)
    assert open_(rooms, 1) is first
    assert open_(rooms, 2) is not second


def test_a_room_with_something_unstored_or_under_way_is_never_closed() -> None:
    rooms = OpenRooms(2)
    unstored, running = Room(unstored=["turn"]), Room(running=True)
    open_(rooms, 1, unstored)
    open_(rooms, 2, running)
    for number in range(3, 9):
        open_(rooms, number)
    assert open_(rooms, 1) is unstored
    assert open_(rooms, 2) is running
    running.running = False
    open_(rooms, 9)
    open_(rooms, 10)
    assert open_(rooms, 2) is not running


def test_rooms_with_something_unstored_are_found_by_connection() -> None:
    rooms = OpenRooms(2)
    unstored = open_(rooms, 1, Room(unstored=["turn"]))
    open_(rooms, 2)
    assert rooms.unstored("embedded") == [unstored]
    assert rooms.unstored("profile:default@us-west-2") == []
