"""What a search chooses from, and what is refused of it."""

import re
from pathlib import Path

import pytest

from mienet.config import ConfigError
from mienet.sweeps.plan import SweepPlan, read_plan, to_yaml
from mienet.sweeps.search_space import read_space

NEEDED = "recipe: small\nlist: labels.csv\nfolds: 5\nsearch:\n"


def read(folder: Path, text: str) -> SweepPlan:
    path = folder / "plan.yaml"
    path.write_text(NEEDED + text, encoding="utf-8")
    return read_plan(path)


def test_what_was_chosen_is_options_that_can_be_typed(tmp_path: Path) -> None:
    space = read(
        tmp_path,
        "  number: 3\n  train.learning_rate: {log: [1e-4, 0.01]}\n  model.num_segments: {from: 2, "
        "to: 9}\n  network: {mie_net: {}, tsn: {model.motion: none}}\n  data.flip: [true, false]\n",
    ).space()
    assert space.number == 3
    chosen = {"train.learning_rate": 0.00123456, "model.num_segments": 4, "network": "tsn"}
    assert space.options({**chosen, "data.flip": "false"}) == {
        "train.learning_rate": 0.001235,
        "model.num_segments": 4,
        "model.motion": "none",
        "data.flip": False,
    }


def test_a_rounded_number_stays_in_its_range() -> None:
    space = read_space({"number": 1, "model.dropout": {"from": 0.12343, "to": 0.2}})
    assert space.options({"model.dropout": 0.123431}) == {"model.dropout": 0.12343}


def test_a_written_search_is_read_as_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, "  number: 3\n  train.learning_rate: {log: [1e-5, 0.01]}\n")
    (tmp_path / "again.yaml").write_text(to_yaml(found), encoding="utf-8")
    assert read_plan(tmp_path / "again.yaml") == found


RATE = "  train.learning_rate: {log: [0.0001, 0.01]}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RATE, "search: needs number, the trainings at most, such as number: 30; got None"),
        ("  number: 0\n" + RATE, "such as number: 30; got 0"),
        ("  number: 3\n", "search: needs an option, such as train.learning_rate"),
        ("  number: 3\n  model.dropuot: [0.1]\n", "unknown option 'model.dropuot' (did you mean"),
        ("  number: 3\n  model.dropout: {from: 1, to: 0}\n", "with A below B, {log: [A, B]}"),
        ("  number: 3\n  model.dropout: {log: [0, 1]}\n", "with A above 0, or a list of values"),
        ("  number: 3\n  model.dropout: {from: a, to: b}\n", "search.model.dropout: give {from:"),
        (
            "  number: 3\n  model.dropout: {from: 0, to: 2}\n",
            "model.dropout must be from 0 to 1",
        ),
        ("  number: 3\n  train.epochs: {from: 1.5, to: 9}\n", "search.train.epochs takes whole"),
        ("  number: 3\n  model.motion: [none, no]\n", "model.motion must be"),
        ("  number: 3\n  model.motion: [none, none]\n", "search.model.motion has 'none' twice"),
        ("  number: 3\n  network: {tsn: none}\n", "search.network.tsn: give a map of options"),
        ("  number: 3\n  data.val_fraction: [0.1]\n", "judged by the same videos; give data.val"),
        ("  number: 3\n  train.keep: [best]\n", "train.keep is the sweep's own"),
        ("  number: 3\n" + RATE + "training: [0.5]\n", "give search or training, not both"),
    ],
)
def test_what_is_wrong_with_a_search_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        read(tmp_path, text)
