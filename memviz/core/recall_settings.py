"""How entries are recalled: what is searched, how the parts of a score are weighted, what is left out and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from memviz.core.decay import Decay
from memviz.core.entry import Kind
from memviz.core.errors import KnownError

#: Under this name a memory keeps its recall settings (``Store.settings``).
SETTING = "recall"


class ConflictPolicy(StrEnum):
    """What is recalled of entries that say different things about the same subject and attribute."""

    MARK = "mark"  #: all of them, as they are ranked; the conflict is shown
    NEWEST = "newest"  #: the one that was edited last
    CONFIDENT = "confident"  #: the one with the greatest confidence, the newest of equals
    SOURCES = "sources"  #: what most sources say, the newest of equals
    BOTH = "both"  #: all of them, superseded ones too, and the model is told that they disagree


_NO_DECAY: Mapping[Kind, Decay] = MappingProxyType({})
_STAYS = Decay()
_LARGEST = 1e300
_NO_EXCEPTIONS: Mapping[str, ConflictPolicy] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RecallSettings:
    """Everything that decides a ranking but the question and the entries. Weights are 0 or more.

    Without dense recall (``dense`` = 0) the lexical score is the sum of its own parts (BM25, subject, phrase). With it
    the two rankings are fused by reciprocal ranks: ``weight * (rank_constant + 1) / (rank_constant + rank)`` for each
    that found the entry (Cormack et al. 2009; scaled so that rank 1 alone makes the weight). Beside words, ``dense``
    counts in full only for what of the question the embedder was made for (``Embedder.understands``).

    Attributes:
        lexical, dense: weights of the two rankings; a ranking of weight 0 is not searched.
        recency: weight of what decay has left of an entry (1 where nothing fades).
        confidence: weight of the entry's confidence.
        use: weight of ``1 - 1 / (1 + used_count)``.
        rank_constant: of the fusion; greater ones make the ranks count more alike.
        candidates: how many of the best each ranking gives; never fewer than the question injects.
        least_score: entries that score less are cut; 0 cuts none.
        least_retention: entries of which decay has left less are cut, 0..1.
        decay: the law by kind of entry; kinds that are not named do not fade.
        policy: what is recalled of entries in conflict.
        exceptions: conflicts with a policy of their own, by what they are about: ``Ann · birthday``.
        owner: recall what belongs to this owner, or to nobody; empty: everything.
        kinds: only these kinds; empty: all.
        exact: compare with every vector instead of asking an approximate index.
        probes: lists of an approximate index that are searched.
    """

    lexical: float = 1.0
    dense: float = 0.0
    recency: float = 0.0
    confidence: float = 0.0
    use: float = 0.0
    rank_constant: float = 20.0
    candidates: int = 200
    least_score: float = 0.0
    least_retention: float = 0.05
    decay: Mapping[Kind, Decay] = field(default_factory=lambda: _NO_DECAY)
    policy: ConflictPolicy = ConflictPolicy.MARK
    exceptions: Mapping[str, ConflictPolicy] = field(default_factory=lambda: _NO_EXCEPTIONS)
    owner: str = ""
    kinds: tuple[Kind, ...] = ()
    exact: bool = False
    probes: int = 32

    def __post_init__(self) -> None:
        for name in ("lexical", "dense", "recency", "confidence", "use", "least_score"):
            object.__setattr__(self, name, _number(name, getattr(self, name), 0.0, math.inf))
        object.__setattr__(self, "rank_constant", _number("rank_constant", self.rank_constant, 0.0, 1e9))
        object.__setattr__(self, "least_retention", _number("least_retention", self.least_retention, 0.0, 1.0))
        for name, most in (("candidates", 10_000_000), ("probes", 1_000_000)):
            object.__setattr__(self, name, _whole(name, getattr(self, name), 1, most))
        if not self.lexical and not self.dense:
            raise KnownError("Recall needs words or vectors; give “lexical” or “dense” a weight above 0.")
        object.__setattr__(self, "policy", _one_of("policy", ConflictPolicy, self.policy))
        if not isinstance(self.kinds, list | tuple):
            raise KnownError(f"The recall setting “kinds” must be a list of kinds, not {self.kinds!r}.")
        object.__setattr__(self, "kinds", tuple(_one_of("kinds", Kind, kind) for kind in self.kinds))
        object.__setattr__(self, "exceptions", MappingProxyType(_exceptions(self.exceptions)))
        object.__setattr__(self, "decay", MappingProxyType(_decays(self.decay)))
        if not isinstance(self.owner, str) or not isinstance(self.exact, bool):
            raise KnownError("“owner” must be text, and “exact” true or false.")

    def __hash__(self) -> int:
        return hash((self.lexical, self.dense, self.policy, self.owner, tuple(sorted(self.decay.items()))))

    def decay_of(self, kind: Kind) -> Decay:
        return self.decay.get(kind, _STAYS)

    def changed(self, **values: Any) -> RecallSettings:
        """With some of the settings replaced; checked like new ones.

        Raises:
            KnownError: a setting that does not exist, or a value that it cannot have.
        """
        unknown = set(values) - set(SETTING_NAMES)
        if unknown:
            raise KnownError(f"“{sorted(unknown)[0]}” is no recall setting; use one of {', '.join(SETTING_NAMES)}.")
        return replace(self, **values)

    def as_json(self) -> dict[str, Any]:
        """In types that JSON has; :func:`settings_from_json` takes it back."""
        values = {name: getattr(self, name) for name in SETTING_NAMES}
        values["decay"] = {kind.value: asdict(decay) for kind, decay in self.decay.items()}
        values["exceptions"] = {name: policy.value for name, policy in self.exceptions.items()}
        return values | {"kinds": [kind.value for kind in self.kinds], "policy": self.policy.value}


SETTING_NAMES = tuple(f.name for f in fields(RecallSettings))


def settings_from_json(values: Mapping[str, Any]) -> RecallSettings:
    """Settings as :meth:`RecallSettings.as_json` writes them; what is not named keeps its default.

    Raises:
        KnownError: a setting that does not exist, or a value that it cannot have.
    """
    if not isinstance(values, Mapping):
        raise KnownError(f"Recall settings must be a JSON object, not {values!r}.")
    return RecallSettings().changed(**values)


def _number(name: str, value: Any, least: float, most: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST
    if not good or not least <= value <= most:
        bounds = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of at least {least:g}"
        raise KnownError(f"The recall setting “{name}” must be a number {bounds}, not {value!r}.")
    return float(value)


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise KnownError(f"The recall setting “{name}” must be a whole number from {least} to {most:,}, not {value!r}.")
    return value


def _one_of(name: str, kinds: type[StrEnum], value: Any) -> Any:
    try:
        return kinds(value)
    except ValueError:
        raise KnownError(f"The recall setting “{name}” must be one of {', '.join(kinds)}, not {value!r}.") from None


def _exceptions(values: Any) -> dict[str, ConflictPolicy]:
    if not isinstance(values, Mapping):
        raise KnownError(f"The recall setting “exceptions” must name policies of conflicts, not {values!r}.")
    return {str(name): _one_of("exceptions", ConflictPolicy, policy) for name, policy in values.items()}


def _decays(values: Any) -> dict[Kind, Decay]:
    if not isinstance(values, Mapping):
        raise KnownError(f"The recall setting “decay” must name a law for kinds of entries, not {values!r}.")
    laws = {}
    for kind, law in values.items():
        if isinstance(law, Mapping):
            unknown = set(law) - {f.name for f in fields(Decay)}
            if unknown:
                raise KnownError(f"“{sorted(unknown)[0]}” is no setting of a decay; see the README’s table.")
            law = Decay(**law)
        if not isinstance(law, Decay):
            raise KnownError(f"The decay of “{kind}” must be a law, not {law!r}.")
        laws[_one_of("decay", Kind, kind)] = law
    return laws
