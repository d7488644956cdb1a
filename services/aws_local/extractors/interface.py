"""What the pipeline asks of an extractor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.aws_local.extraction import Extracted
from services.aws_local.long_term.consolidation import Plan, Work
from services.aws_local.retrieval.encoding import Encoder
from services.aws_local.storage.store import Row


@dataclass(frozen=True)
class Found:
    """The candidates in a group, in order, and the ids of events that belong to something unfinished: an
    episode that goes on. Those stay queued.
    """

    extracted: tuple[Extracted, ...]
    unfinished: frozenset[str] = frozenset()


class Extractor(Protocol):
    """Extracts the memories of one strategy."""

    @property
    def name(self) -> str:
        """Name and version, as the evidence of each decision keeps them."""

    @property
    def remote(self) -> bool:
        """Whether it waits for another machine, so that nothing else may wait for it."""

    def extract(self, work: Work) -> Found:
        """The candidates in the group's messages. May raise: the group is tried again, then a failed job."""

    def plan(self, work: Work, stored: list[Row], encoder: Encoder) -> Plan:
        """A decision for each of `work.extracted`, given the records that they are compared with."""


class ExtractionFailed(RuntimeError):
    """An extractor failed for a reason that the service has a code for.

    `code` becomes the job's failureReason; where `lasting`, trying again by itself would not help.
    """

    def __init__(self, code: str, detail: str, *, lasting: bool) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.lasting = lasting
