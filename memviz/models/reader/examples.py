"""Training examples: some entries, and several questions about them that are answered by copying."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from memviz.core.facts import Fact, render
from memviz.models.reader.questions import Templates

#: Between the answers of one question. No name of the knowledge base holds it.
SEPARATOR = "; "
#: The answer when no entry tells.
UNKNOWN = "unknown"


def held_out(subject: str) -> bool:
    """Whether this movie is kept out of training: one in ten, by a checksum that does not depend on any run."""
    return crc32(subject.encode()) % 10 == 0


@dataclass(frozen=True, slots=True)
class Context:
    """What recall returned for one question: ``facts``, best first; the question was ``template`` about ``entity``, of
    kind ``asks`` (relation, inverse)."""

    facts: tuple[Fact, ...]
    asks: tuple[str, bool]
    template: str
    entity: str


@dataclass(frozen=True, slots=True)
class Example:
    """The entries' texts in prompt order, and (question, answer) pairs about them."""

    entries: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]


class ExampleMaker:
    """Makes examples out of contexts.

    Half of the questions of the kind that recall was asked use its words: they are what brought the distractors in
    ("who *acted* in …" recalls "Class Act"). Facts are changed so that a model must read them: objects are replaced by
    those of other facts or by made-up names, and subjects renamed. Deterministic for a given generator of random
    numbers.
    """

    def __init__(self, facts: Sequence[Fact], templates: Templates, generator: random.Random) -> None:
        self._templates = templates
        self._random = generator
        self._objects: dict[str, list[str]] = {}
        for fact in facts:
            self._objects.setdefault(fact.relation, []).extend(fact.objects)
        self._subjects = [fact.subject for fact in facts]
        self._words = sorted({word for subject in self._subjects for word in subject.split(" ")})

    def make(self, context: Context, *, most_entries: int, questions: int, most_answer: int = 300) -> Example:
        """An example with at most ``most_entries`` facts of ``context``.

        Answers longer than ``most_answer`` characters are not asked for.
        """
        facts = self._random.sample(context.facts, min(len(context.facts), self._entries(most_entries)))
        if self._random.random() < 0.5:
            facts = self._edited(facts)
        pairs = self._pairs(facts, context)
        self._random.shuffle(pairs)
        pairs = [pair for pair in pairs if len(pair[1]) <= most_answer][:questions]
        return Example(tuple(render(fact)[1] for fact in facts), tuple(pairs))

    def make_as_asked(self, context: Context, *, questions: int, most_answer: int = 300) -> Example | None:
        """An example as a user meets it: the facts in recall's order, and the question that recall was asked, in up to
        ``questions`` ways. None where no fact of ``context`` tells the answer, or the answer is too long."""
        relation, inverse = context.asks
        facts = list(context.facts)
        if self._random.random() < 0.5:  # what is asked about stays, what is answered changes
            facts = self._renamed(facts) if inverse else self._with_other_objects(facts)
        told = [fact for fact in facts if fact.relation == relation]
        if inverse:
            answers = [fact.subject for fact in told if context.entity in fact.objects]
        else:
            answers = [name for fact in told if fact.subject == context.entity for name in fact.objects]
        answer = SEPARATOR.join(dict.fromkeys(answers))
        if not answers or len(answer) > most_answer:
            return None
        others = [template for template in self._templates[context.asks] if template != context.template]
        templates = [context.template, *self._random.sample(others, min(len(others), questions - 1))]
        pairs = tuple((self._spelled(template, context.entity), answer) for template in templates)
        return Example(tuple(render(fact)[1] for fact in facts), pairs)

    def _entries(self, most: int) -> int:
        """Mostly as many as recall injects, sometimes fewer, once in a while none."""
        kind = self._random.random()
        if kind < 0.01:
            return 0
        return self._random.randint(1, most) if kind < 0.3 else most

    def _edited(self, facts: Sequence[Fact]) -> list[Fact]:
        if self._random.random() < 0.3:
            facts = self._renamed(facts)
        return self._with_other_objects(facts)

    def _renamed(self, facts: Sequence[Fact]) -> list[Fact]:
        new_names: dict[str, str] = {}
        return [replace(fact, subject=new_names.setdefault(fact.subject, self._new_subject())) for fact in facts]

    def _with_other_objects(self, facts: Sequence[Fact]) -> list[Fact]:
        """Half of the facts with other objects, as many of them."""
        return [
            replace(fact, objects=tuple(dict.fromkeys(self._new_object(fact.relation) for _ in fact.objects)))
            if self._random.random() < 0.5
            else fact
            for fact in facts
        ]

    def _new_subject(self) -> str:
        if self._random.random() < 0.5:
            return self._random.choice(self._subjects)
        return " ".join(self._random.choices(self._words, k=self._random.randint(1, 4)))

    def _new_object(self, relation: str) -> str:
        name = self._random.choice(self._objects[relation])
        if relation in ("directed_by", "written_by", "starred_actors") and self._random.random() < 0.5:
            return name.split(" ")[0] + " " + self._random.choice(self._objects[relation]).split(" ")[-1]
        return name

    def _pairs(self, facts: Sequence[Fact], context: Context) -> list[tuple[str, str]]:
        forward: dict[tuple[str, str], list[str]] = {}
        inverse: dict[tuple[str, str], list[str]] = {}
        for fact in facts:
            forward.setdefault((fact.relation, fact.subject), []).extend(fact.objects)
            if (fact.relation, True) in self._templates:
                for name in fact.objects:
                    inverse.setdefault((fact.relation, name), []).append(fact.subject)
        pairs = self._asked(forward, context, inverse=False)
        several = {key: found for key, found in inverse.items() if len(found) > 1}
        single = [key for key in inverse if key not in several]
        self._random.shuffle(single)
        chosen = several | {key: inverse[key] for key in single[: max(2, len(facts))]}
        pairs += self._asked(chosen, context, inverse=True)
        if not facts or self._random.random() < 0.15:
            pairs.append(self._unanswerable(forward, context))
        return pairs

    def _asked(
        self, found: Mapping[tuple[str, str], Sequence[str]], context: Context, *, inverse: bool
    ) -> list[tuple[str, str]]:
        pairs = []
        for (relation, entity), answers in found.items():
            if (relation, inverse) in self._templates:
                question = self._question(context, relation, inverse, entity)
                pairs.append((question, SEPARATOR.join(dict.fromkeys(answers))))
        return pairs

    def _unanswerable(self, forward: Mapping[tuple[str, str], Sequence[str]], context: Context) -> tuple[str, str]:
        relation = self._random.choice([relation for relation, inverse in self._templates if not inverse])
        subject = self._random.choice(self._subjects)
        while (relation, subject) in forward:
            subject = self._new_subject()
        return self._question(context, relation, False, subject), UNKNOWN

    def _question(self, context: Context, relation: str, inverse: bool, entity: str) -> str:
        template = self._random.choice(self._templates[relation, inverse])
        if (relation, inverse) == context.asks and self._random.random() < 0.5:
            template = context.template
        return self._spelled(template, entity)

    def _spelled(self, template: str, entity: str) -> str:
        text = template.replace("{entity}", entity)
        if self._random.random() < 0.2:
            text = text[0].upper() + text[1:]
        return text + "?" if self._random.random() < 0.4 else text
