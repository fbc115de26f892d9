"""Training and measuring of text classifiers: files, labels, encoder and network brought together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.confusion import Confusion
from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.session.encoders import encoder_folder

if TYPE_CHECKING:
    from memviz.models.classifier.data import Split
    from memviz.models.classifier.encoder import Encoder
    from memviz.models.classifier.recipe import ClassifierRecipe
    from memviz.models.classifier.train import ClassifierTraining
    from memviz.models.training.fit import Report


@dataclass(frozen=True, slots=True)
class ClassifierScore:
    """What a classifier made of a file: its ``confusion``, and how many texts were ``cut`` at ``length`` tokens."""

    confusion: Confusion
    cut: int
    length: int


def train_classifier(
    out: Path,
    data: Path,
    *,
    model: str = "",
    text: str = "",
    label: str = "",
    recipe: ClassifierRecipe | None = None,
    threads: int = 1,
    progress: Progress = no_progress,
    note: Callable[[str], None] = lambda _: None,
    report: Callable[[Report], None] = lambda _: None,
) -> dict[str, float]:
    """Trains a classifier and saves it to ``out``; continues from a checkpoint there. Blocks.

    Args:
        data: CSV, TSV or JSONL, see ``models.classifier.files``.
        model: the encoder that is fine-tuned, as :func:`encoder_folder` understands it; empty for a small new one.
        text, label: names of the columns; empty for ``text`` and ``label``.
        threads: of torch.
        progress: of the preparation. This, ``note`` and ``report`` may raise ``Cancelled``.
        note: called with sentences that the user should know, before the first round.
        report: called after every round.

    Returns:
        Figures of the classifier that was saved.

    Raises:
        KnownError: whatever is wrong with the file, the model or the folder, or a loss that is no number any more.
    """
    from memviz.models.classifier.data import split
    from memviz.models.classifier.files import read_examples
    from memviz.models.classifier.recipe import ClassifierRecipe

    recipe = recipe or ClassifierRecipe()
    parts = split(read_examples(data, text, label), recipe.validation, recipe.seed)
    base = encoder_folder(model, progress) if model else None
    _check_out(out, base)
    progress(0, 0, "Importing PyTorch")
    from memviz.models.classifier.encoder import encoder_of, new_encoder
    from memviz.models.classifier.train import ClassifierTraining
    from memviz.models.threads import use_threads
    from memviz.models.training.fit import fit

    use_threads(threads)
    if base is None:
        encoder = new_encoder((example.text for example in parts.training), parts.labels, recipe)
    else:
        encoder = encoder_of(base, parts.labels, recipe.seed, name=Path(model).name)
    training = ClassifierTraining(parts, encoder, recipe, progress)
    for sentence in _notes(parts, encoder, training):
        note(sentence)
    return fit(training, out, rounds=training.rounds, watch="error", patience=training.patience, report=report)


def classifier_score(
    model: str, data: Path, *, text: str = "", label: str = "", threads: int = 1, progress: Progress = no_progress
) -> ClassifierScore:
    """Measures a trained classifier on a file. Blocks.

    Raises:
        KnownError: whatever is wrong with file or model, or a label that the model does not know.
    """
    from memviz.models.classifier.files import read_examples

    examples = read_examples(data, text, label)
    folder = encoder_folder(model, progress)
    progress(0, 0, "Importing PyTorch")
    from memviz.models.classifier.batches import Texts
    from memviz.models.classifier.encoder import trained_classifier
    from memviz.models.classifier.evaluate import judged
    from memviz.models.threads import use_threads

    use_threads(threads)
    encoder = trained_classifier(folder)
    numbers = {name: number for number, name in enumerate(encoder.labels)}
    for example in examples:
        if example.label not in numbers:
            raise KnownError(
                f"Line {example.line:,} of “{data}” has the label “{example.label}”, which {encoder.name} does not"
                f" know; it knows {', '.join(encoder.labels[:12])}{' …' if len(numbers) > 12 else ''}."
            )
    texts = Texts.of(
        [example.text for example in examples],
        [numbers[example.label] for example in examples],
        encoder.tokenizer,
        encoder.longest,
        progress,
    )
    return ClassifierScore(judged(encoder, texts, progress).confusion, texts.cut, encoder.longest)


def cut_words(cut: int, texts: int, length: int, more: str = "") -> str:
    """The sentence about texts that are too long, and how ``more`` of them is read; empty where there are none."""
    if not cut:
        return ""
    return f"{cut:,} of {texts:,} texts have more than {length:,} tokens and are cut there{more}."


def _check_out(out: Path, base: Path | None) -> None:
    """Before anything takes time."""
    if base is not None and out.exists() and base.exists() and out.samefile(base):
        raise KnownError(f"“{out}” is the base model’s own folder, which would be overwritten; save into another one.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KnownError(f"“{out}” cannot be made a folder ({error.strerror}); choose another one.") from error


def _notes(parts: Split, encoder: Encoder, training: ClassifierTraining) -> list[str]:
    learned, checked = len(parts.training), len(parts.validation)
    what = f"{encoder.name} is fine-tuned" if encoder.name else "a small BERT begins anew"
    told = [
        f"{len(parts.labels):,} labels; {learned:,} texts are learned from and {checked:,} kept out to check;"
        f" {what}, with {encoder.parameters():,} parameters."
    ]
    if parts.contradictions:
        count = parts.contradictions
        told.append(
            f"{count:,} {'text occurs' if count == 1 else 'texts occur'} with more than one label, so not all of these"
            " can be right."
        )
    more = ""
    if not encoder.name:
        more = "; a greater --length reads more"
    elif encoder.longest > training.length:
        more = f"; --length up to {encoder.longest:,} reads more"
    cut = cut_words(training.cut, learned + checked, training.length, more)
    return [*told, cut] if cut else told
