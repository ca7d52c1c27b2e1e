import pytest

from mienet.commands.train import make_parser, named_recipe
from mienet.config import ConfigError


@pytest.mark.parametrize("line", [
    "small",
    "small --train.epochs 3",
    "--train.epochs 3 small",
    "--train.epochs=3 small",
    "--train.seed -1 small --data.root sljd",
    "--data.flip {\"a\":\"b\"} --data.scales [1.0,0.5] small",
    "--data.scales+ 0.5 --data.flip.left right small",
    "--help small",
    "-h small",
    "--train.epochs 3 -- small",
])  # fmt: skip
def test_the_recipe_is_found_wherever_it_stands(line: str) -> None:
    assert named_recipe(line.split()) == "small"


@pytest.mark.parametrize("line", ["", "--help", "--train.epochs 3", "--data.root small"])
def test_the_value_of_an_option_is_no_recipe(line: str) -> None:
    assert named_recipe(line.split()) is None


def test_several_values_of_an_option_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"one recipe, got '0\.875', 'small'; .* \[1\.0,0\.875\]"):
        named_recipe(["--data.scales", "1.0", "0.875", "small"])


def test_options_before_the_recipe_keep_its_values() -> None:
    arguments = ["--train.epochs", "3", "small"]
    options = make_parser(arguments).parse_args(arguments)
    assert (options.train.epochs, options.train.optimizer) == (3, "adamw")
