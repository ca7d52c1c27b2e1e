"""What a sweep varies: a YAML file with a recipe, lists of values, folds and seeds.

    recipe: small
    list: labels.csv
    group_by: subject
    folds: 5
    seeds: [0, 1, 2]
    vary:
      network:
        mie_net: {}
        tsn: {model.motion: none, model.temporal: none}
      model.num_segments: [4, 8]

makes 2 networks x 2 numbers of segments x 5 folds x 3 seeds = 60 trainings, the trials.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from mienet.config import ConfigError, RunConfig, closest, load_recipe
from mienet.options import field_problems, fits, ranged
from mienet.sweeps.plan_values import axis_problems, named_sets, unusable
from mienet.sweeps.search_space import SearchSpace, read_space, search_problems
from mienet.yaml_files import read_yaml

NEEDED = {"recipe": "recipe: small", "list": "list: labels.csv", "folds": "folds: 5"}

FOLDS = "folds"
TRAINING = "training"


@dataclass(frozen=True)
class FoldColumn:
    """A column of the list whose values are the folds.

    Attributes:
        column: Its name; each value is held out in turn.
        training_only: Values that are never held out, as an empty one is not.
    """

    column: str
    training_only: tuple[str, ...] = ()


@dataclass(frozen=True)
class SweepPlan:
    """All trainings of a sweep, before the videos are known.

    Attributes:
        recipe: A shipped recipe's name or a YAML file.
        list: List or folder of all labeled videos; each of its folds is held out in turn.
        root: Folder that the list's paths start from; null is the list's own.
        exclude_classes: Classes that are left out.
        group_by: Column that says which videos are alike, such as subject: they stay together, and
            intervals are over them. null takes each video for itself; of recordings, who is in it.
        folds: A number of folds of whole groups; "each" holds out every group in turn; or a map
            with a column of the list that has the folds, and values of it that are for
            training_only: {column: split, training_only: [train]}.
        seeds: Of the training.
        options: For all trials, such as {trainer.precision: 32-true}.
        vary: Axes of the sweep: an option with a list of its values, or a name with a map from the
            names of its values to the options of each.
        search: In place of vary: a number of trainings and what to choose their options from; see
            ``mienet.sweeps.search_space``.
        training: Parts of the training groups to learn from, in (0, 1], for a learning curve.
        clips_per_class: Numbers of training clips of each class to learn from.
        reference: Variant that the others are compared with; null is the first.
    """

    recipe: str
    list: str
    folds: int | str | FoldColumn
    root: str | None = None
    exclude_classes: tuple[str, ...] = ()
    group_by: str | None = None
    seeds: tuple[int, ...] = ranged((0,), least=0)
    options: dict[str, Any] | None = None
    vary: dict[str, Any] | None = None
    search: dict[str, Any] | None = None
    training: tuple[float, ...] = ranged((), above=0, most=1)
    clips_per_class: tuple[int, ...] = ranged((), least=1)
    reference: str | None = None

    def __post_init__(self) -> None:
        problems = [text.removeprefix("sweep.") for text in field_problems(self, "sweep")]
        # What is of another kind than declared cannot be looked into.
        if problems := problems or list(_contradictions(self)):
            raise ConfigError("; ".join(problems))

    def variants(self) -> "Sequence[Variant]":
        """Returns everything that is compared: all combinations of the axes' values.

        Raises:
            ConfigError: If two of them have the same name, or the reference is none of them.
        """
        axes = [_axis(name, values) for name, values in (self.vary or {}).items()]
        if parts := [Variant({TRAINING: f"{part:.4g}"}, {}, part=part) for part in self.training]:
            axes.append(parts)
        if few := [
            Variant({TRAINING: f"{number} a class"}, {}, clips_per_class=number)
            for number in self.clips_per_class
        ]:
            axes.append(few)
        found = [_joined(values) for values in product(*axes)]
        names = [variant.name for variant in found]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ConfigError(f"vary has {twice[0]!r} twice; give each of its values a name")
        if self.reference is not None and self.reference not in names:
            near = closest(self.reference, names)
            said = f"did you mean {near!r}?" if near else f"accepted: {', '.join(names)}"
            raise ConfigError(f"reference names no variant: {self.reference!r}; {said}")
        return found

    def space(self) -> SearchSpace:
        """Returns what a search chooses from; the plan must have one."""
        assert self.search is not None
        return read_space(self.search)

    def config(self, variant: "Variant", seed: int) -> RunConfig:
        """Returns the options of a training, without its lists.

        Raises:
            ConfigError: If an option is not accepted.
        """
        own = {"train.keep": "last", "train.seed": seed}
        return load_recipe(self.recipe, {**(self.options or {}), **variant.options, **own})


@dataclass(frozen=True)
class Variant:
    """What is compared: a value of each axis.

    Attributes:
        values: Name of the value by axis, in the order of the axes.
        options: That it changes of the recipe.
        part: Share of the training groups to learn from.
        clips_per_class: Training clips of each class to learn from; None is all.
    """

    values: Mapping[str, str]
    options: Mapping[str, Any]
    part: float = 1.0
    clips_per_class: int | None = None

    @property
    def name(self) -> str:
        """Returns what to call it: ``mie_net``, or ``mie_net, num_segments 4``.

        Values that do not speak for themselves, as they are no words, are named with their axis.
        """
        return _named(self.values)

    @property
    def line(self) -> str:
        """Returns the same without how much is learned from: one line of a learning curve."""
        return _named({axis: value for axis, value in self.values.items() if axis != TRAINING})


def read_plan(path: Path, changes: Mapping[str, Any] | None = None) -> SweepPlan:
    """Returns the plan of a YAML file.

    Args:
        path: The file.
        changes: What the command line says instead: ``folds``, ``group_by``, ``seeds``.

    Raises:
        FileNotFoundError: If it is not there.
        ConfigError: If it is no plan, with all that is wrong.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such plan; give a YAML file with recipe, list and vary or search, or the "
            "folder of a sweep"
        )
    try:
        content = read_yaml(path)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    known = [f.name for f in fields(SweepPlan)]
    if not isinstance(content, Mapping):
        raise ConfigError(
            f"{path}: not a plan: its lines have to be KEY: VALUE, with the keys {', '.join(known)}"
        )
    problems = [
        f"unknown key {key!r}"
        + (f" (did you mean {near!r}?)" if (near := closest(str(key), known)) else "")
        for key in content
        if key not in known
    ]
    if problems:
        raise ConfigError(f"{path}: {'; '.join(problems)}; accepted are {', '.join(known)}")
    said = {name: value for name, value in (changes or {}).items() if value is not None}
    given = {**content, **said}
    if missing := [line for name, line in NEEDED.items() if given.get(name) in (None, "")]:
        raise ConfigError(f"{path}: a plan needs more: {'; '.join(missing)}")
    values: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in given.items()
    }
    try:
        values[FOLDS] = _folds(given[FOLDS])
        plan = SweepPlan(**values)
        for variant in plan.variants():
            plan.config(variant, 0)
        for options in plan.space().extremes() if plan.search else ():
            plan.config(Variant({}, options), 0)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return plan


def to_yaml(plan: SweepPlan) -> str:
    """Returns the text of a file that ``read_plan`` reads as the same plan."""
    content = {f.name: getattr(plan, f.name) for f in fields(plan)}
    if isinstance(plan.folds, FoldColumn):
        content[FOLDS] = vars(plan.folds)
    kept = {name: _plain(value) for name, value in content.items() if value not in (None, ())}
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)


def with_precision(plan: SweepPlan, precision: str) -> SweepPlan:
    """Returns the plan with a precision for all trials, so that they do not measure one each."""
    return replace(plan, options={**(plan.options or {}), "trainer.precision": precision})


def _folds(given: Any) -> Any:
    """Returns a number or text as it is, and a map as what it means."""
    if isinstance(given, Mapping):
        return _fold_column(given)
    if not fits(given, int | str):
        raise ConfigError(
            f'folds: give a whole number, "each", or a map such as {{column: NAME}}, got {given!r}'
        )
    return given


def _fold_column(given: Mapping[str, Any]) -> FoldColumn:
    unknown = sorted(set(given) - {"column", "training_only"})
    if unknown or not isinstance(given.get("column"), str):
        raise ConfigError(
            "folds: a map has column, the name of the list's column with the folds, and perhaps "
            f"training_only, values of it; got {dict(given)!r}"
        )
    values = given.get("training_only") or ()
    values = values if isinstance(values, (list, tuple)) else [values]
    return FoldColumn(given["column"], tuple(map(str, values)))


def _contradictions(plan: SweepPlan) -> Iterator[str]:
    """Yields what does not go together."""
    if isinstance(plan.folds, int) and plan.folds < 2:
        yield f"folds must be at least 2, got {plan.folds}"
    if isinstance(plan.folds, str) and plan.folds != "each":
        yield (
            f'folds: give a number, "each", or a map such as {{column: {plan.folds}}}, got '
            f"{plan.folds!r}"
        )
    if not plan.seeds:
        yield "seeds is empty; give at least one, such as [0]"
    if len(set(plan.seeds)) < len(plan.seeds):
        yield f"seeds has one twice: {list(plan.seeds)}"
    if plan.training and plan.clips_per_class:
        yield "give training or clips_per_class, not both"
    for name in plan.options or {}:
        yield from unusable(name, "options")
    for axis, values in (plan.vary or {}).items():
        yield from axis_problems(axis, values, "vary")
    if plan.search is None:
        return
    yield from search_problems(plan.search)
    for name in ("vary", "training", "clips_per_class", "reference"):
        if getattr(plan, name):
            yield f"give search or {name}, not both"


def _axis(name: str, values: Any) -> "list[Variant]":
    return [Variant({name: value}, options) for value, options in named_sets(name, values)]


def _named(values: Mapping[str, str]) -> str:
    said = [
        value if re.match(r"[^\W\d]", value) else f"{axis.rsplit('.')[-1]} {value}"
        for axis, value in values.items()
    ]
    return ", ".join(said) or "recipe"


def _joined(values: "Sequence[Variant]") -> Variant:
    """Returns one variant of a value of each axis; later axes' options replace earlier ones'."""
    return Variant(
        {axis: name for one in values for axis, name in one.values.items()},
        {option: value for one in values for option, value in one.options.items()},
        part=min((one.part for one in values), default=1.0),
        clips_per_class=next((one.clips_per_class for one in values if one.clips_per_class), None),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
