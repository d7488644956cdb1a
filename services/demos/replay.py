"""A recording played again, scene by scene, without any call."""

from __future__ import annotations

from services.demos.moments import Moment, scenes
from services.demos.recording import Recording


class Replay:
    """A recording, shown up to a scene. The scenes of a demo begin with captions, those of a chat with what
    the person says."""

    busy = False

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._scenes = scenes(recording.moments)
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
