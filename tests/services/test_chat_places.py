"""Which namespaces the chat reads and watches."""

import pytest

from services.chat.places import Place, places_to_read, places_to_watch


def strategy(*templates: str) -> dict[str, object]:
    return {"strategyId": "facts-1", "namespaces": list(templates)}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("/users/{actorId}", [Place("/users/alice", exact=True)]),
        ("/summaries/{actorId}/{sessionId}/", [Place("/summaries/alice")]),
        ("/{memoryStrategyId}/{actorId}/", [Place("/facts-1/alice/", exact=True)]),
        ("/shared/", [Place("/shared/", exact=True)]),
        ("/tenants/{tenant}/{actorId}/", []),
        ("/{actorId}/{topic}/", [Place("/alice")]),
        ("/{sessionId}/{actorId}/", [Place("/s1/alice/", exact=True)]),
        ("/sessions/{sessionId}/", [Place("/sessions/s1/", exact=True)]),
        ("/shared/{topic}/", []),
    ],
)
def test_reading_covers_the_actor_and_never_another_one(template: str, expected: list[Place]) -> None:
    assert places_to_read([strategy(template)], "alice", "s1") == expected


def test_watching_is_for_this_session() -> None:
    found = places_to_watch([strategy("/summaries/{actorId}/{sessionId}/")], "alice", "s1")
    assert found == [Place("/summaries/alice/s1/", exact=True)]


def test_places_are_read_once() -> None:
    strategies = [
        strategy("/users/{actorId}/"),
        strategy("/users/{actorId}/"),
        strategy("/users/{actorId}/{sessionId}/"),
    ]
    assert places_to_read(strategies, "alice", "s1") == [Place("/users/alice")]


def test_reflections_of_an_episodic_strategy_are_read_too() -> None:
    episodic = {
        "strategyId": "episodes-1",
        "namespaces": ["/episodes/{actorId}/{sessionId}/"],
        "configuration": {
            "reflection": {"episodicReflectionConfiguration": {"namespaces": ["/lessons/{actorId}/"]}}
        },
    }
    paths = [place.path for place in places_to_read([episodic], "alice", "s1")]
    assert paths == ["/episodes/alice", "/lessons/alice/"]


def test_arguments_are_those_of_the_api() -> None:
    assert Place("/a/", exact=True).arguments() == {"namespace": "/a/"}
    assert Place("/a").arguments() == {"namespacePath": "/a"}
