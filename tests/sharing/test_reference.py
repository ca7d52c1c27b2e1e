"""What names of models on a hub mean, and which are none."""

import pytest

from mienet.errors import MienetError
from mienet.sharing.reference import Reference, is_reference, parse_reference, parse_repository


@pytest.mark.parametrize(("text", "expected"), [
    ("hf:anna/jumps", Reference("anna/jumps")),
    ("anna/jumps", Reference("anna/jumps")),
    ("hf:anna/jumps@v1.0", Reference("anna/jumps", revision="v1.0")),
    ("hf:anna/jumps@refs/pr/1", Reference("anna/jumps", revision="refs/pr/1")),
    ("hf:anna/jumps/onnx-int8@v1", Reference("anna/jumps", "onnx-int8", "v1")),
])  # fmt: skip
def test_a_name_is_read(text: str, expected: Reference) -> None:
    assert parse_reference(text) == expected
    assert parse_reference(str(expected)) == expected


@pytest.mark.parametrize(
    "text", ["hf:jumps", "hf:anna/..", "hf:a/b@../../x", "hf:a/b/c/d", "hf:", "hf:a/b@", "hf:-a/b"]
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(MienetError, match="names no model on a hub; accepted: hf:USER/MODEL"):
        parse_reference(text)


def test_paths_are_no_references() -> None:
    assert is_reference("hf:anna/jumps")
    assert not is_reference("runs/jumps")
    assert not is_reference("./hf:anna/jumps")


def test_a_push_takes_no_revision() -> None:
    with pytest.raises(MienetError, match="give USER/MODEL alone"):
        parse_repository("anna/jumps@v1")
