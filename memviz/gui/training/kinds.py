"""What can be trained, and what each training is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingKind:
    """One command of ``memviz train``.

    Attributes:
        name: of the command.
        words: for people.
        data: its option for a file or folder, or empty where it makes its own data.
        data_words: what that is, for people.
        folder: whether it is a folder.
        length: its option for the number of rounds.
        example: further options that somebody may want.
        base: its option for a model that is trained further, or empty.
        figure: of the validation part that is drawn: ``error`` or ``accuracy``.
        confusion: whether it leaves a confusion matrix.
    """

    name: str
    words: str
    data: str
    data_words: str
    folder: bool
    length: str
    example: str
    base: str = ""
    figure: str = "error"
    confusion: bool = False


KINDS = (
    TrainingKind(
        "kv-memnn",
        "Key-value memory network, over facts",
        "--questions",
        "Questions, a tab and the answers on each line",
        False,
        "--epochs",
        "--kb kb.txt --hops 2",
    ),
    TrainingKind(
        "memn2n",
        "End-to-end memory network, over stories",
        "--data",
        "A folder of stories in bAbI’s format",
        True,
        "--epochs",
        "--hops 3 --trials 1",
    ),
    TrainingKind(
        "story-dnc",
        "Differentiable neural computer, over stories",
        "--data",
        "A folder of stories in bAbI’s format",
        True,
        "--rounds",
        "--tasks qa1 --slots 32",
    ),
    TrainingKind(
        "dnc", "Differentiable neural computer, on bits", "", "", False, "--rounds", "--task copy --most 20 --slots 48"
    ),
    TrainingKind("lstm", "LSTM or GRU, on bits", "", "", False, "--rounds", "--task copy --most 10 --cell gru"),
    TrainingKind(
        "recaller",
        "Recaller, a GPT-2 that knows facts by heart",
        "",
        "",
        False,
        "--rounds",
        "--movies 200",
    ),
    TrainingKind(
        "classifier",
        "Text classifier, an encoder that tells labels",
        "--data",
        "A CSV, TSV or JSONL file with columns text and label",
        False,
        "--epochs",
        "--text question --label type --rate 0.0001",
        base="--model",
        figure="accuracy",
        confusion=True,
    ),
    TrainingKind(
        "seq2seq",
        "Encoder-decoder, which writes numbers out",
        "",
        "",
        False,
        "--rounds",
        "--width 64 --decoder-layers 2",
    ),
)
