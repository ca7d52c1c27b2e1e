import re

import pytest

from mienet.cli import COMMANDS, main
from mienet.commands.help import in_words
from mienet.config import TrainConfig, recipe_names
from mienet.options import Range, declared
from mienet.view_options import FindingOptions


def help_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main([*arguments, "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_no_types_of_python(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = ["small"] if command == "train" else []
    text = help_of(capsys, command, *recipe)
    assert not re.search(r"Literal|PositiveInt|NonNegativeInt|\bNone\b|type:|\| null|\w\+ ", text)
    assert "True" not in text
    assert "False" not in text


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"train"}))
def test_usage_is_one_line(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    usage = help_of(capsys, command).split("\n\n")[0]
    assert re.fullmatch(rf"usage: mienet {command} \[options\][^\n-]*", usage)


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"train"}))
def test_help_says_null_in_no_default(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "null" not in help_of(capsys, command)


def test_help_says_which_options_are_required(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "prepare")
    assert re.findall(r"^  --([a-z-]+) .*\(required\)", text, re.MULTILINE) == ["out"]


def test_training_begins_with_what_people_change(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "train", "small")
    assert re.findall(r"^  --([a-z._]+)", text, re.MULTILINE)[:6] == [
        *("data.root", "train.name", "train.epochs", "data.batch_size", "model.pretrained"),
        "model.backbone",
    ]
    assert len(set(re.findall(r"^  --(\S+)", text, re.MULTILINE))) == len(
        re.findall(r"^  --(\S+)", text, re.MULTILINE)
    )
    assert "a whole number from 1; default: 24" in " ".join(text.split())
    assert "small.yaml" not in text


@pytest.mark.parametrize(("kind", "limits", "expected"), [
    (str | None, None, "text"),
    (float, Range(above=0), "a number above 0"),
    (float | None, Range(least=0, most=1), "a number from 0 to 1"),
    (tuple[float, ...], Range(above=0, most=1), "a list of numbers above 0, up to 1"),
    (bool | dict[str, str], None, "true or false or a map from texts to texts"),
])  # fmt: skip
def test_kinds_in_words(kind: object, limits: Range | None, expected: str) -> None:
    assert in_words(kind, limits) == expected


def test_options_that_moved_are_parsed_as_before() -> None:
    from mienet.commands.train import make_parser

    arguments = ["small", "--train.epochs", "3", "--data.root", "x"]
    options = make_parser(arguments).parse_args(arguments)
    assert (options.train.epochs, options.data.root) == (3, "x")
    assert TrainConfig(**options.train.as_dict()).optimizer == "adamw"


def test_train_says_what_each_recipe_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "train")
    (listed,) = re.findall(r"These are there:\n(.*?)\n\n", text, re.DOTALL)
    assert set(recipe_names()) <= set(re.findall(r"\w+", listed))
    assert "defaults below are of no recipe" in text
    assert "defaults below are those of recipe few;" in help_of(capsys, "train", "few")


@pytest.mark.parametrize(
    "command", ["evaluate", "report", "compare", "predict", "explain", "timeline", "suggest",
                "serve", "export", "push", "benchmark"],
)  # fmt: skip
def test_models_may_be_on_a_hub_wherever_one_is_taken(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = help_of(capsys, command).split("positional arguments:")[1]
    assert "hf:user/model" in arguments.split("options:")[0]


@pytest.mark.parametrize("command", ["evaluate", "compare"])
def test_all_options_of_models_of_recordings_are_named(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = " ".join(help_of(capsys, command).split("positional arguments:")[0].split())
    (listed,) = re.findall(r"(--order.*?) are for (?:such models|models of recordings) alone", said)
    names = {f"--{name.replace('_', '-')}" for name in declared(FindingOptions)}
    assert set(re.findall(r"--[a-z-]+", listed)) == names


@pytest.mark.parametrize("command", COMMANDS)
def test_extras_are_installed_from_any_folder(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = " ".join(help_of(capsys, command).split())
    assert text.count("pip install ") == text.count("pip install 'mienet[")
