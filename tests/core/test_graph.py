"""Names in questions, and what they reach."""

from __future__ import annotations

from memviz.core.facts import Fact
from memviz.core.graph import KnowledgeGraph, Triple

FACTS = (
    Fact("Blade Runner", "directed_by", ("Ridley Scott",)),
    Fact("Blade Runner", "release_year", ("1982",)),
    Fact("Blade", "directed_by", ("Stephen Norrington",)),
    Fact("Alien", "directed_by", ("Ridley Scott",)),
    Fact("It", "directed_by", ("Andy Muschietti",)),
    Fact("Inside Out", "has_tags", ("it", "film")),
)
GRAPH = KnowledgeGraph(FACTS)


def names(question: str) -> list[str]:
    return [name for mention in GRAPH.mentions(question) for name in mention.names]


def test_the_longest_name_is_meant() -> None:
    assert names("who directed Blade Runner?") == ["Blade Runner"]
    assert names("who directed Blade") == ["Blade"]


def test_case_decides_where_it_is_right_and_is_forgiven_where_not() -> None:
    assert names("who directed It") == ["It"]
    assert names("what is it about") == ["it"]
    assert set(names("who directed IT")) == {"It", "it"}
    assert names("who directed blade runner") == ["Blade Runner"]


def test_what_is_written_exactly_wins_over_what_it_overlaps() -> None:
    graph = KnowledgeGraph([Fact("In Time", "written_by", ("A",)), Fact("Time Changer", "written_by", ("B",))])
    assert [mention.names for mention in graph.mentions("who stars in Time Changer")] == [("Time Changer",)]
    assert [mention.names for mention in graph.mentions("who stars in time changer")] == [
        ("In Time",),
        ("Time Changer",),
    ]


def reached(name: str, hops: int, **bounds: int) -> list[list[Triple]]:
    return GRAPH.near([name], hops, **bounds)


def test_what_a_name_reaches_in_both_directions() -> None:
    (first,) = reached("Ridley Scott", 1)
    assert first == [
        Triple("Ridley Scott", "directed_by", True, "Blade Runner", 0),
        Triple("Ridley Scott", "directed_by", True, "Alien", 3),
    ]
    assert first[0].label == "Ridley Scott · directed_by⁻¹ → Blade Runner"
    _, second = reached("Ridley Scott", 2)
    assert {triple.value for triple in second} == {"Ridley Scott", "1982"}
    assert reached("nobody", 2) == [[], []]


def test_hubs_lead_nowhere_and_the_nearest_stay() -> None:
    first, second = reached("Blade Runner", 2, hub=1)
    assert [triple.name for triple in first] == ["Blade Runner", "Blade Runner"]
    assert [triple.name for triple in second] == ["1982"]  # Ridley Scott is in two facts
    assert [len(layer) for layer in reached("Ridley Scott", 3, most=3)] == [2, 1, 0]


def test_a_name_is_passed_once() -> None:
    layers = reached("Blade Runner", 4)
    names = [triple.name for layer in layers for triple in layer]
    assert sorted(set(names)) == ["1982", "Alien", "Blade Runner", "Ridley Scott"]
    assert names.count("Blade Runner") == 2  # its two facts, although it is reached again
