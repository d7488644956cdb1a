"""Demos: stories that play on live data, to show what memory changes."""

from dashboard import demo_plays
from dashboard.components import demos, notices

notices.show()
play = demo_plays.current()
down = demos.tell_if_down(play)
if play is None:
    chosen = demos.choice()
    demos.manner()
    demos.poster(chosen, down=down)
else:
    demos.manner()
    demos.stage(play, down=down)
