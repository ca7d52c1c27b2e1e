"""YAML that people write is read whole, or refused with the line."""

from pathlib import Path
from typing import Any

import pytest

from mienet.yaml_files import read_yaml


def read(folder: Path, text: str) -> Any:
    (folder / "a.yaml").write_text(text)
    return read_yaml(folder / "a.yaml")


@pytest.mark.parametrize(("text", "line", "key"), [
    ("train:\n  epochs: 1\ndata: {root: a}\ntrain:\n  seed: 3\n", 4, "train"),
    ("train:\n  epochs: 1\n  epochs: 200\n", 3, "epochs"),
    ("{a: 1, a: 1}", 1, "a"),
])  # fmt: skip
def test_a_key_that_is_given_twice_is_refused(
    tmp_path: Path, text: str, line: int, key: str
) -> None:
    with pytest.raises(ValueError, match=rf"line {line}: the key '{key}' is given twice; put what"):
        read(tmp_path, text)


def test_a_key_that_was_merged_may_be_given_again(tmp_path: Path) -> None:
    text = "base: &base {seed: 1, epochs: 2}\nlong: &long {<<: *base, epochs: 9}\n"
    found = read(tmp_path, text + "longest: {<<: *long, epochs: 99}\n")
    assert found["longest"] == {"seed": 1, "epochs": 99}


def test_nothing_is_no_options(tmp_path: Path) -> None:
    assert read(tmp_path, "# later\n") == {}
