from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, Unpack

import pytest

from mienet.options import (
    Option,
    OptionError,
    Range,
    checked,
    describe,
    fits,
    named_as_on_command_line,
    option_name,
    problem,
)


@pytest.mark.parametrize(("kind", "good", "bad"), [
    (int, [0, -3], [True, 1.0, "1", None]),
    (float, [1, 0.5], [float("nan"), float("inf"), True, "1e-3"]),
    (bool, [True], [1, "true"]),
    (str | Path, ["a", Path("a")], [1, b"a", None]),
    (Literal["one", "three"], ["one"], ["five", 1, ["one"]]),
    (tuple[float, ...], [(1.0,), [1, 2], ()], ["1", 1.0, [None]]),
    (Sequence[str | Path], [["a.mp4"]], ["a.mp4", Path("a.mp4")]),
    (bool | dict[str, str], [False, {"a": "b"}], [{"a": 1}, {1: "a"}, "a"]),
    (Mapping[str, Any] | None, [None, {"a": [1]}], [["a"]]),
])  # fmt: skip
def test_what_fits_a_type(kind: Any, good: list, bad: list) -> None:
    assert all(fits(value, kind) for value in good)
    assert not any(fits(value, kind) for value in bad)


def test_types_are_named_as_people_do() -> None:
    assert describe(Sequence[str | Path] | None) == "a list of paths or null (None)"
    assert describe(bool | dict[str, float]) == "true or false or a map from texts to numbers"


def test_every_number_of_a_list_lies_in_the_range() -> None:
    assert problem("scales", (0.5, 1.2), tuple[float, ...], Range(above=0, most=1)) == (
        "scales must be above 0 and at most 1, got [0.5, 1.2]"
    )


def test_a_function_refuses_what_its_annotations_do_not_say() -> None:
    @checked(count=Range(least=1))
    def draw(kind: Literal["one", "two"], *, count: int = 1) -> str:
        return kind * count

    assert draw("two", count=2) == "twotwo"
    with pytest.raises(OptionError, match=r"kind must be one or two, got 'five'; count must be at"):
        draw("five", count=0)  # type: ignore[arg-type]


class Sizes(TypedDict, total=False):
    width: Annotated[int, Option(4, "pixels across", Range(least=1))]
    name: Annotated[str | None, Option(None, "what it is called")]


@checked()
def area(height: int, **options: Unpack[Sizes]) -> int:
    return height * options["width"]


def test_shared_options_have_their_defaults() -> None:
    assert (area(2), area(2, width=3)) == (8, 6)


def test_shared_options_are_shown_as_keywords() -> None:
    assert (
        str(signature(area)) == "(height: int, *, width: int = 4, name: str | None = None) -> int"
    )


def test_shared_options_are_held_against_their_range() -> None:
    with pytest.raises(OptionError, match="width must be at least 1, got 0"):
        area(2, width=0)


def test_keywords_that_no_option_has_are_refused() -> None:
    with pytest.raises(TypeError, match="depth"):
        area(2, depth=3)  # type: ignore[call-arg]


def test_options_are_named_as_they_were_given() -> None:
    said = "overlap must be from 0 to 0.9, got 2"
    limits = Range(least=0, most=0.9)
    assert problem("overlap", 2, float, limits) == said
    with named_as_on_command_line():
        assert problem("overlap", 2, float, limits) == f"--{said}"
        assert option_name("in_order") == "--in-order"
        assert option_name("train.epochs") == "train.epochs"
    assert option_name("in_order") == "in_order"
