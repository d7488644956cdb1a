"""A recording played again, scene by scene, without any call."""

from __future__ import annotations

from services.demos.moments import Caption, Moment, Said
from services.demos.recording import Recording


class Replay:
    """A recording, shown up to a scene. The scenes of a demo begin with captions, those of a chat with what
    the person says."""

    busy = False

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._scenes = _scenes(recording.moments)
        self._shown = 0

    @property
    def finished(self) -> bool:
        """Whether everything is shown."""
        return self._shown >= len(self._scenes)

    def step(self) -> None:
        """Show the next scene."""
        self._shown += not self.finished

    def look(self) -> None:
        """Nothing comes by itself."""

    def moments(self) -> list[Moment]:
        """What is shown so far."""
        return [moment for scene in self._scenes[: self._shown] for moment in scene]


def _scenes(moments: tuple[Moment, ...]) -> list[list[Moment]]:
    begins = Caption if any(isinstance(moment, Caption) for moment in moments) else Said
    scenes: list[list[Moment]] = []
    for moment in moments:
        if not scenes or isinstance(moment, begins):
            scenes.append([])
        scenes[-1].append(moment)
    return scenes
