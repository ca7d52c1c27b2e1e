import pytest

from mienet.cli import main


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
