from argparse import ArgumentParser

import pytest

from mienet.cli import _build_parser
from mienet.commands.argument_order import options_first

PARSER = ArgumentParser()
PARSER.add_argument("--top", type=int)
PARSER.add_argument("--write", nargs="+")
PARSER.add_argument("--quick", action="store_true")


@pytest.mark.parametrize(("given", "ordered"), [
    ("run a b --top 1", "--top 1 -- run a b"),
    ("run --top 1 a", "--top 1 -- run a"),
    ("--top=1 run a", "--top=1 -- run a"),
    ("--quick run --top -1 a", "--quick --top -1 -- run a"),
    ("run --write x y --quick a", "--write x y --quick -- run a"),
    ("run --write x -- a -b", "--write x -- run a -b"),
    ("run --map.key 1 a", "--map.key 1 -- run a"),
    ("- run", "-- - run"),
    ("--quick", "--quick"),
])  # fmt: skip
def test_options_come_first_with_their_values(given: str, ordered: str) -> None:
    assert options_first(given.split(), PARSER._option_string_actions) == ordered.split()


@pytest.mark.parametrize(("line", "name", "value"), [
    ("predict runs/a --top 1 a.mp4 b.mp4", "videos", ["a.mp4", "b.mp4"]),
    ("predict --top 1 runs/a a.mp4", "videos", ["a.mp4"]),
    ("predict runs/a a.mp4 --top 1 b.mp4", "videos", ["a.mp4", "b.mp4"]),
    ("timeline runs/a --out t a.mp4", "videos", ["a.mp4"]),
    ("timeline runs/a --window-seconds 1 --out t a.mp4", "window_seconds", [1.0]),
    ("evaluate --data a.csv runs/a runs/b", "checkpoint", ["runs/a", "runs/b"]),
    ("push --license mit runs/a user/model", "repository", "user/model"),
    ("serve --port 0 runs/a --videos v", "checkpoint", "runs/a"),
    ("agree --fps 25 a.csv --out o b.csv", "second", "b.csv"),
    ("slurm --nodes 1 --gpus-per-node 0 --time 1 --out j train small", "recipe", "small"),
    ("slurm train --nodes 1 small --gpus-per-node 0 --time 1 --out j", "recipe", "small"),
])  # fmt: skip
def test_arguments_may_stand_after_options(line: str, name: str, value: object) -> None:
    options = _build_parser(line.split()).parse_args(line.split())
    assert options[options.subcommand][name] == value
