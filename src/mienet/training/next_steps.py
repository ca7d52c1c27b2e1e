"""What to do with a trained run: the commands that its end prints."""

from pathlib import Path

from mienet.config import DataConfig
from mienet.data.resolve import choose_split
from mienet.shell import command


def next_steps(run: Path, data: DataConfig, *, use: str = "predict") -> str:
    """Returns the commands to evaluate and use a run, ready to be typed.

    The accuracy to report is that of the dataset's test list. Where there is none, the text says
    what ``evaluate`` alone measures.

    Args:
        run: The run's folder.
        data: The videos that it was trained with.
        use: The command that uses the model: predict, or timeline for one of whole recordings.
    """
    predict = f"{command(use, run)} VIDEO"
    if test := find_test_list(data):
        options = ["--data", test]
        if data.train and data.root:
            options += ["--root", data.root]
        if data.frame_pattern:
            options += ["--frame-pattern", data.frame_pattern]
        return f"Next: {command('evaluate', run, *options)}\n      {predict}"
    return (
        f"Next: {predict}\n"
        f"      {command('evaluate', run)} --data LIST_OR_FOLDER\n"
        "There is no test list: give evaluate labeled videos that took no part in training.\n"
        "Without --data it measures the validation videos, which may have chosen the model, so\n"
        "that the accuracy on new videos is probably lower."
    )


def find_test_list(data: DataConfig) -> Path | None:
    """Returns the test list, or folder, that belongs to a run's training videos, if there is one.

    It is that of the dataset, or stands beside the training list: test.csv beside train.csv. A list
    that the run validates with is none.
    """
    if data.train:
        train = Path(data.train)
        name = train.name.replace("train", "test")
        found = train.with_name(name if name != train.name else f"test{train.suffix}")
        validation = Path(data.val) if data.val else None
    else:
        root = Path(data.root or ".")
        found = choose_split(root, "test")
        if found == root:
            return None
        validation = Path(data.val) if data.val else choose_split(root, "val")
    if not found.exists() or (validation and validation.exists() and found.samefile(validation)):
        return None
    return found
