import shlex

import pytest

from mienet.cli import COMMANDS, main
from mienet.commands.parser import normalize_options


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Returns the error of a command line that cannot be parsed."""
    with pytest.raises(SystemExit):
        main(arguments)
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["--data", "my videos"], "did you mean --data.root 'my videos'?"),
        (["--model=runs/first"], "did you mean --model.pretrained runs/first?"),
        (["--train", "first"], "did you mean --train.name first?"),
        (["--trainer", "gpu"], "did you mean --trainer.accelerator gpu?"),
        (["--timeline", "gru"], "did you mean --timeline.head gru?"),
    ],
)
def test_a_group_in_an_options_place(given: list[str], meant: str, capsys) -> None:
    assert meant in said(capsys, "train", "small", *given)


def test_an_error_of_the_parser_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    error, see = said(capsys, "train", "small", "--data", "a\n  b\x1b").splitlines()
    assert "no file of them" in error
    assert "\x1b" not in error
    assert see == "See: mienet train --help"


def test_null_is_offered_for_options_of_recipes_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert "null" not in said(capsys, "check", "videos", "--jobs", "0")
    assert "or null" in said(capsys, "train", "small", "--data.num_workers", "x")


@pytest.mark.parametrize(("line", "expected"), [
    ("timeline m --window-seconds 0.5 a.mp4", "--window-seconds: a.mp4 is not accepted; give a "
     "number. --window-seconds takes all values that follow it: give VIDEOS before it"),
    ("explain m --out o --at 1 a.mp4", "--at: a.mp4 is not accepted; give a number. --at takes"),
    ("timeline m --write bori a.mp4", "--write: bori is not accepted; give one of boris, elan, "
     "label-studio, srt, csv, json (did you mean boris?). --write takes all values that follow"),
    ("agree --tiers x a.csv b.csv", "agree needs FIRST and SECOND; --tiers takes all values that "
     "follow it: give the others before it"),
    ("predict m a --top x", "--top: x is not accepted; give a whole number above 0"),
    ("predict m a --top 0", "--top: 0 is not accepted; give a whole number above 0"),
    ("predict m a --top=", "--top: an empty text is not accepted; give a whole number above 0"),
    ("predict m a --top", "--top needs a value"),
    ("agree a b --tiers", "--tiers needs at least one value"),
    ("timeline m a --in-order=3", "--in-order takes no value, got '3'"),
    ("benchmark m --batch-sizes [1,x]", "--batch-sizes: [1, 'x'] is not accepted"),
    ("train small --data.scales 1", "--data.scales: 1 is not accepted; give a list such as [1,2]"),
    ("predict m a --batch x", "unrecognized arguments: --batch\n"),
    ("demo a", "unrecognized arguments: a\n"),
    ("evaluate m --data.root x", "there is no option --data.root (did you mean --root?)\n"),
    ("predict m a --out.x 3", "there is no option --out.x (did you mean --out?)\n"),
    ("prdict m a", "there is no command 'prdict' (did you mean predict?)"),
    ("xyz m a", "there is no command 'xyz'; give one of prepare, check"),
])  # fmt: skip
def test_mistakes_are_told_without_the_parser_s_words(line: str, expected: str, capsys) -> None:
    assert said(capsys, *line.split()).startswith(f"mienet: error: {expected}")


@pytest.mark.parametrize(("line", "expected"), [
    ("predict m ''", "VIDEOS: an empty text is not accepted; is a variable of the shell unset?"),
    ("evaluate m --data=", "--data: an empty text is not accepted"),
    ("train small --data.root ''", "--data.root: an empty text is not accepted"),
    ("timeline m a --out -", "--out: - is not accepted, as this goes to files; give a name"),
    ("train small --train.out -", "--train.out: - is not accepted"),
    ("push m u/m --license mit --preview=-", "--preview: - is not accepted"),
])  # fmt: skip
def test_texts_that_would_be_another_folder_than_was_meant(line: str, expected: str, capsys):
    assert said(capsys, *shlex.split(line)).startswith(f"mienet: error: {expected}")


@pytest.mark.parametrize("line", [
    "predict m a --out -", "agree a b --annotators '' bo", "serve --videos v --camera ''",
])  # fmt: skip
def test_texts_that_say_something_are_taken(line: str) -> None:
    name, *given = shlex.split(line)
    COMMANDS[name].make_parser().parse_args(given)


def test_files_whose_names_begin_with_hyphens_keep_them() -> None:
    given = ["predict", "--error_rate", "0.1", "--", "--my-clip_1.mp4", "--data.crop-size"]
    assert normalize_options(given) == [*given[:1], "--error-rate", *given[2:]]
