"""Everything behind the HTTP side: the store, retrieval and extraction, opened and closed together."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from services.aws_local.agents import sessions
from services.aws_local.agents.brain import Brain
from services.aws_local.agents.rule_brain import RuleBrain
from services.aws_local.agents.runtimes import AgentRuntime, AgentRuntimes
from services.aws_local.agents.summarising import Summarising
from services.aws_local.clock import now_ms
from services.aws_local.extractors.choice import Extractors
from services.aws_local.extractors.model_server import ModelServer
from services.aws_local.long_term import self_managed
from services.aws_local.long_term.handover_delivery import HandoverDelivery, Place
from services.aws_local.long_term.pipeline import Pipeline
from services.aws_local.memory.memories import EXTRACTED_TYPES
from services.aws_local.retrieval.embedding import Embedder, load_embedder
from services.aws_local.retrieval.encoding import Encoder
from services.aws_local.retrieval.search import Search
from services.aws_local.storage.log_folding import LogFolding
from services.aws_local.storage.store import Store, row
from services.aws_local.storage.transactions import Task
from services.aws_local.streams import stream_events
from services.aws_local.streams.stream_delivery import Destination, StreamDelivery
from services.aws_local.switches.fault_rules import Faults, Rule
from services.aws_local.switches.quotas import Quotas

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """Seconds: the quiet time of a session before it is extracted, and how long a status change takes.

    `stream_to`: where the changes of records are delivered for memories with streamDeliveryResources.
    `quotas`: `off` or `strict`. `faults`: the rules in force from the start.
    `self_managed_to`: where conversations of self-managed strategies are handed over to.
    `model_server` and `model_id`: see extractors.choice. `namespace_prefix_match`: `namespace` of List and
    Retrieve selects all below it too. `summary_delay`: seconds from a session's end to its summary;
    `idle_seconds`: instead of every agent's idleSessionTTLInSeconds; `brain`: what thinks for agents.
    `agent_runtimes`: the agents of AgentCore Runtime, each a server on this machine.
    """

    extraction_delay: float = 1.0
    transition_seconds: float = 0.0
    stream_to: Destination | None = None
    quotas: str = "off"
    faults: tuple[Rule, ...] = ()
    self_managed_to: Place | None = None
    model_server: ModelServer | None = None
    model_id: str | None = None
    namespace_prefix_match: bool = False
    summary_delay: float = 2.0
    idle_seconds: float | None = None
    run_lambda_code: bool = False
    brain: Brain = field(default_factory=RuleBrain)
    agent_runtimes: tuple[AgentRuntime, ...] = ()


class Backend:
    """One data directory at work. Handlers reach everything through it."""

    def __init__(self, store: Store, settings: Settings, embedder: Embedder | None) -> None:
        self.store = store
        self.settings = settings
        self.quotas = Quotas(settings.quotas)
        self.faults = Faults(settings.faults)
        self.embedder = embedder
        self.encoder = Encoder(embedder)
        self.search = Search(store, self.encoder)
        self.extractors = Extractors(settings.model_server, settings.model_id)
        self.pipeline = Pipeline(store, self.search, self.encoder, settings.extraction_delay, self.extractors)
        self.brain = settings.brain
        self.runtimes = AgentRuntimes(settings.agent_runtimes)
        self.started_ms = now_ms()
        self.summarising = Summarising(store, settings.brain, settings.summary_delay)
        self.token_key: bytes = store.read(_token_key)
        to = settings.stream_to
        store.write(lambda connection: stream_events.open_for(connection, to.place if to else None))
        self._delivery = StreamDelivery(store, to) if to else None
        handed_to = settings.self_managed_to
        self._handovers = HandoverDelivery(store, handed_to) if handed_to else None
        self._log_folding = LogFolding(store)

    @classmethod
    def open(cls, data_dir: Path, settings: Settings) -> Backend:
        """Open `data_dir` (made when missing); nothing happens there in the background before `start`.

        StoreError when the directory cannot be used; ValueError when the embedding weights are damaged.
        """
        embedder = load_embedder()
        if embedder is None:
            log.warning("No embedding weights are installed: records are ranked by words only.")
        return cls(Store.open(data_dir), settings, embedder)

    def start(self) -> None:
        """Begin to extract what waits, to embed what has no vector, to erase what expired, and to deliver."""
        self.pipeline.start()
        self.summarising.start()
        self._log_folding.start()
        if self._delivery is not None:
            self._delivery.start()
        if self._handovers is not None:
            self._handovers.start()

    @property
    def hands_over(self) -> bool:
        """Whether conversations of self-managed strategies are handed over."""
        return self._handovers is not None

    @property
    def transition_ms(self) -> int:
        return round(self.settings.transition_seconds * 1000)

    def read(self, task: Task[T]) -> T:
        """See Store.read."""
        return self.store.read(task)

    def write(self, task: Task[T]) -> T:
        """See Store.write."""
        return self.store.write(task)

    def forget(self, memory_nos: Iterable[int]) -> None:
        """Drop what is cached of memories that are gone (harmless when it happens twice)."""
        for memory_no in memory_nos:
            self.search.forget(memory_no)

    def health(self) -> dict[str, Any]:
        """The body of GET /healthz."""
        paused = self.pipeline.paused_by()
        trouble = {"reason": f"Extraction is paused and tried again every second. {paused}"} if paused else {}
        return {
            "status": "degraded" if paused else "ok",
            **trouble,
            **self.extractors.shown(),
            "extractedStrategies": list(EXTRACTED_TYPES),
            "notExtractedStrategies": ["SELF_MANAGED"],
            "selfManagedStrategies": self._handover_state(),
            "pendingHandOvers": self.store.read(self_managed.pending),
            "embedder": self.embedder.name if self.embedder else "none: ranking by words only",
            "inferredMetadata": "by rules (copied from event metadata and text, no language model)",
            "pendingExtractions": self.pipeline.pending(),
            "agentBrain": self.brain.name,
            "agentRuntimes": {agent.name: agent.place for agent in self.runtimes.agents.values()},
            "lambdaCode": "run" if self.settings.run_lambda_code else "not run: control is returned instead",
            "pendingSummaries": self.store.read(sessions.pending_count),
            "streamDelivery": "on" if self._delivery else "off: needs --stream-to",
            "pendingStreamEvents": self.store.read(stream_events.pending),
            "switches": self._switches(),
        }

    def _handover_state(self) -> str:
        if self._handovers is None:
            return "not handed over: needs --self-managed-to"
        return f"handed over to {self._handovers.place}"

    def _switches(self) -> dict[str, Any]:
        """What makes this endpoint behave otherwise than it would by itself."""
        return {
            "faults": self.faults.shown(),
            "quotas": self.quotas.shown()["mode"],
            "namespacePrefixMatch": self.settings.namespace_prefix_match,
            "transitionSeconds": self.settings.transition_seconds,
            "extractionDelaySeconds": self.settings.extraction_delay,
        }

    def close(self) -> None:
        """Stop extracting, finish what is being written, let the directory go."""
        self.runtimes.close()
        self.pipeline.close()
        self.summarising.close()
        self._log_folding.close()
        if self._delivery is not None:
            self._delivery.close()
        if self._handovers is not None:
            self._handovers.close()
        self.search.close()
        self.store.close()


def _token_key(connection: Any) -> bytes:
    found = row(connection, "SELECT value FROM secrets WHERE name = 'token_key'")
    if found is None:
        raise LookupError("the database has no token key")
    return bytes(found["value"])
