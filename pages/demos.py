"""Demos: stories that play on live data, to show what memory changes."""

from dashboard import demo_plays
from dashboard.components import demos, notices

notices.show()
play = demo_plays.current()
if play is None:
    chosen = demos.choice()
    demos.manner()
    demos.poster(chosen)
else:
    demos.manner()
    demos.stage(play)
