"""What a plan's file says, and what is refused of it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mienet.config import ConfigError
from mienet.sweeps.plan import FoldColumn, SweepPlan, read_plan, to_yaml

Read = Callable[..., SweepPlan]

NEEDED = "recipe: small\nlist: labels.csv\nfolds: 5\n"


@pytest.fixture
def plan(tmp_path: Path) -> Read:
    """Returns what reads a plan of some lines beside those that each needs."""

    def write(text: str, **changes: object) -> SweepPlan:
        path = tmp_path / "plan.yaml"
        path.write_text(NEEDED + text, encoding="utf-8")
        return read_plan(path, changes)

    return write


def test_every_combination_of_the_axes_values_is_a_variant(plan: Read) -> None:
    found = plan(
        "vary:\n  network:\n    mie_net: {}\n    tsn: {model.motion: none, model.temporal: none}\n"
        "  model.num_segments: [4, 8]\n"
    ).variants()
    assert [variant.name for variant in found] == [
        "mie_net, num_segments 4",
        "mie_net, num_segments 8",
        "tsn, num_segments 4",
        "tsn, num_segments 8",
    ]
    assert found[2].options == {
        "model.motion": "none", "model.temporal": "none", "model.num_segments": 4,
    }  # fmt: skip


def test_without_axes_the_recipe_is_the_only_variant(plan: Read) -> None:
    assert [variant.name for variant in plan("").variants()] == ["recipe"]


def test_how_much_is_learned_from_is_an_axis_and_no_line_of_its_own(plan: Read) -> None:
    found = plan("training: [0.5, 1]\nvary: {model.temporal: [none, dptam]}\n").variants()
    assert [(variant.name, variant.line, variant.part) for variant in found] == [
        ("none, training 0.5", "none", 0.5),
        ("none, training 1", "none", 1.0),
        ("dptam, training 0.5", "dptam", 0.5),
        ("dptam, training 1", "dptam", 1.0),
    ]


def test_the_options_of_a_trial_are_the_recipes_the_plans_and_the_variants(plan: Read) -> None:
    found = plan("options: {train.epochs: 3}\nvary: {model.num_segments: [4]}\n")
    config = found.config(found.variants()[0], seed=7)
    assert config.train.epochs == 3
    assert config.model.num_segments == 4
    assert config.train.seed == 7
    assert config.train.keep == "last"
    assert config.train.optimizer == "adamw"  # of small


def test_the_command_line_replaces_folds_groups_and_seeds(plan: Read) -> None:
    found = plan("seeds: [0]\n", folds="each", group_by="subject", seeds=[1, 2])
    assert (found.folds, found.group_by, found.seeds) == ("each", "subject", (1, 2))


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"folds": 0}, "folds must be at least 2, got 0"), ({"seeds": []}, "seeds is empty")],
)
def test_nothing_on_the_command_line_is_not_the_plan_s(
    plan: Read, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        plan("", **changes)


def test_a_written_plan_is_read_as_the_same(plan: Read, tmp_path: Path) -> None:
    found = plan("training: [0.5]\nvary: {data.flip: [true, false]}\nexclude_classes: [other]\n")
    found = SweepPlan(**{**vars(found), "folds": FoldColumn("split", ("train",))})
    (tmp_path / "again.yaml").write_text(to_yaml(found), encoding="utf-8")
    assert read_plan(tmp_path / "again.yaml") == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vari: {}", "unknown key 'vari' (did you mean 'vary'?)"),
        ("vary: {model.motoin: [none]}", "vary: unknown option 'model.motoin' (did you mean"),
        ("vary: {model.motion: []}", "vary.model.motion: give a list of values or a map"),
        ("vary: {network: {tsn: none}}", "vary.network.tsn: give a map of options, or {}"),
        ("vary: {model.num_segments: [0]}", "model.num_segments must be at least 1, got 0"),
        ("vary: {model.num_segments: [4, 4]}", "vary has 'num_segments 4' twice"),
        ("options: {train.seed: 1}", "train.seed is the sweep's own: give seeds"),
        ("options: {train.keep: best}", "must not choose one"),
        ("seeds: [1, 1]", "seeds has one twice: [1, 1]"),
        ("seeds: []", "seeds is empty"),
        ("seeds: 3", "seeds must be a list of whole numbers, got 3"),
        ("vary: [tsn]", "vary must be a map from texts to any values or null (None), got ['tsn']"),
        ("vary: {network: {tsn: {1: 2}}}", "vary.network.tsn: unknown option 1"),
        ("search: 30", "search must be a map from texts"),
        ("folds: 0", "folds must be at least 2, got 0"),
        ("folds: 2.5", 'folds: give a whole number, "each", or a map such as {column: NAME}'),
        ("training: [0.5, 1.5]", "training must be above 0 and at most 1"),
        ("training: [0.5]\nclips_per_class: [5]", "give training or clips_per_class, not both"),
        ("reference: tns\nvary: {network: {tsn: {}}}", "'tns'; did you mean 'tsn'?"),
        ("recipe: smal", "no recipe 'smal'"),
        ("folds: 1", "folds must be at least 2, got 1"),
        ("folds: scene", "a map such as {column: scene}, got 'scene'"),
        ("folds: {columns: scene}", "a map has column, the name of the list's column"),
        ("seeds: [0", "not valid YAML: line 4"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said(tmp_path: Path, text: str, said: str) -> None:
    key = text.split(":")[0]
    others = [line for line in NEEDED.splitlines() if not line.startswith(f"{key}:")]
    (tmp_path / "plan.yaml").write_text("\n".join([*others, text]), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_plan(tmp_path / "plan.yaml")


def test_a_plan_names_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("recipe: small\n")
    with pytest.raises(ConfigError, match=r"needs more: list: labels.csv; folds: 5"):
        read_plan(tmp_path / "plan.yaml")


def test_a_plan_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such plan; give a YAML file"):
        read_plan(tmp_path / "plan.yaml")


def test_a_file_that_is_a_list_is_told_what_a_plan_s_lines_are(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("- small\n- labels.csv\n")
    with pytest.raises(
        ConfigError, match=r"not a plan: its lines have to be KEY: VALUE, with .*rec"
    ):
        read_plan(tmp_path / "plan.yaml", {})
