"""Which column of a file becomes which field of an entry."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from memviz.core.entry import ENTRY_FIELDS, INSERT_FIELDS, checked_fields
from memviz.core.errors import KnownError
from memviz.exchange.names import TARGETS, field_of
from memviz.exchange.values import CONVERTERS, OWN_CONVERTERS, kind_of, plain

#: A column of this target becomes metadata under its own name.
INTO_METADATA = "into metadata"
LEFT_OUT = ""
#: An entry needs one of them.
_NEEDED = ("key", "text")
#: These are never a guess by their name alone: only where their values are ours.
_KINDS = ("kind", "type", "memory_type")
_PLANS = 1_000


@dataclass(frozen=True)
class FieldMapping:
    """How records become entries.

    Attributes:
        targets: column -> field, :data:`INTO_METADATA` or :data:`LEFT_OUT`.
        others: the target of columns that are not named and whose name says nothing: a later line, or another file,
            may have more than the first ones.
        constants: field -> value of every entry that the file gives none.
        own: the file is memviz's own: ids, uses and times are as it wrote them.
    """

    targets: Mapping[str, str]
    others: str = INTO_METADATA
    constants: Mapping[str, Any] = field(default_factory=dict)
    own: bool = False
    _plans: dict[tuple[str, ...], list[tuple[str, str, Any]]] = field(default_factory=dict, repr=False, compare=False)

    def fields_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of an insert; of an own file also ``id`` and ``superseded_by``, which are of the file.

        Raises:
            ValueError: a value that cannot be what it is mapped to; its words end a sentence about the line.
        """
        columns = tuple(values)
        plan = self._plans.get(columns)
        if plan is None:
            if len(self._plans) >= _PLANS:  # a file may have other columns on every line
                self._plans.clear()
            plan = self._plans[columns] = self._plan(columns)
        made = dict(self.constants)
        extra: dict[str, Any] = {}
        for column, target, convert in plan:
            value = values[column]
            if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
                continue  # many programs write NaN where there is no value
            try:
                if target == INTO_METADATA:
                    extra[column] = plain(value)
                elif (converted := convert(value)) is not None:
                    made[target] = converted
            except ValueError as error:
                raise ValueError(f"{error} (column “{column}”)") from None
        if extra:
            made["metadata"] = {**made.get("metadata", {}), **extra}
        if not str(made.get("text", "")).strip() and not str(made.get("key", "")).strip():
            raise ValueError("has neither a text nor a key")
        return made

    def targets_of(self, columns: Sequence[str]) -> dict[str, str]:
        """What becomes of the columns of a record or of a file, also of those that are not named."""
        targets = {column: self.targets[column] for column in columns if column in self.targets}
        for column in columns:
            if self.own and column in ENTRY_FIELDS:
                targets[column] = column
            elif column not in targets:
                found = field_of(column)
                targets[column] = found[0] if found and found[0] not in targets.values() else self.others
        return targets

    def _plan(self, columns: Sequence[str]) -> list[tuple[str, str, Any]]:
        converters, targets = OWN_CONVERTERS if self.own else CONVERTERS, self.targets_of(columns)
        return [(name, target, converters.get(target)) for name, target in targets.items() if target != LEFT_OUT]

    @property
    def enough(self) -> bool:
        """Whether entries can come of it: something becomes their text or key."""
        return self.own or any(target in _NEEDED for target in (*self.targets.values(), *self.constants))


def checked(made: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an insert in the types that it has.

    Raises:
        ValueError: what no entry can hold.
    """
    try:
        return checked_fields(made, INSERT_FIELDS)
    except KnownError as error:
        words = str(error)
        raise ValueError(f"cannot be an entry: {words[0].lower()}{words[1:].rstrip('.')}") from None


def guessed_mapping(
    columns: Sequence[str],
    sample: Sequence[Mapping[str, Any]] = (),
    *,
    own: bool = False,
    others: str = INTO_METADATA,
    constants: Mapping[str, Any] = MappingProxyType({}),
) -> FieldMapping:
    """What the names of the columns say, and the first records where these say nothing."""
    if own:
        return FieldMapping({name: name for name in columns}, others, dict(constants), own=True)
    best: dict[str, tuple[int, str]] = {}
    for column in columns:
        found = field_of(column)
        if found is not None and (found[0] not in best or found[1] < best[found[0]][0]):
            best[found[0]] = (found[1], column)
    best.pop("kind", None)
    targets = dict.fromkeys(columns, others) | {column: name for name, (_, column) in best.items()}
    for column in columns:
        if any(isinstance(record.get(column), bytes) for record in sample):  # an image, a vector
            targets[column] = LEFT_OUT
    for column in columns:
        if column.lower() in _KINDS and _all_kinds(column, sample):
            targets[column] = "kind"
            break
    if "text" not in best:
        free = [column for column in columns if targets[column] == others]
        longest = max(free, key=lambda column: _length(column, sample), default=None)
        if longest is not None and ("key" not in best or _length(longest, sample) > 0):
            targets[longest] = "text"
    return FieldMapping(targets, others, dict(constants))


def changed_mapping(mapping: FieldMapping, changes: Mapping[str, str]) -> FieldMapping:
    """With other targets for some columns; a field that a column gets is taken from the one that had it.

    Args:
        changes: column -> target.

    Raises:
        KnownError: a column that the file has not, or a field that is none.
    """
    targets = dict(mapping.targets)
    for column, target in changes.items():
        if column not in targets:
            known = ", ".join(f"“{name}”" for name in list(targets)[:12])
            raise KnownError(f"The file has no column “{column}”; it has {known}.")
        if target not in (*TARGETS, INTO_METADATA, LEFT_OUT):
            raise KnownError(f"“{target}” is no field of an entry; use one of {', '.join(TARGETS)}.")
        for other, had in targets.items():
            if had == target and target in TARGETS and other != column:
                targets[other] = mapping.others
        targets[column] = target
    return FieldMapping(targets, mapping.others, dict(mapping.constants), mapping.own and not changes)


def _all_kinds(column: str, sample: Sequence[Mapping[str, Any]]) -> bool:
    values = [record[column] for record in sample if record.get(column) not in (None, "")]
    try:
        return bool(values) and all(kind_of(value) for value in values)
    except ValueError:
        return False


def _length(column: str, sample: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(record[column]) for record in sample if isinstance(record.get(column), str))
