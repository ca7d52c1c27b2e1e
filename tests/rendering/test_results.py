import csv
import io
import json

import pytest

from mienet.errors import MienetError
from mienet.rendering.results import csv_line, json_document, json_line, result_format, to_bytes


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@sum", "\tx", "\r=x", "'=1", "'", "it's", "", "a\r\nb"]
)
def test_formulas_are_guarded_and_given_back(text: str) -> None:
    ((cell, number),) = csv.reader(io.StringIO(csv_line([text, 0.5]), newline=""))
    assert number == "0.5"
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text


def test_negative_numbers_are_no_formulas() -> None:
    assert csv_line([-1.5, None], ["-0.25"]) == "-1.5,,-0.25\n"


def test_json_gives_back_names_that_are_not_utf8() -> None:
    name = "caf\udce9 → \x1b"
    row = {"path": name, "classes": [], "problem": "no"}
    assert json.loads(to_bytes(json_line(row))) == row
    assert json.loads(to_bytes("".join(json_document([row]))))["problems"] == ["no"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_json_document_is_valid_with_any_number_of_rows(count: int) -> None:
    rows = [{"path": str(k), "classes": [], "problem": None} for k in range(count)]
    content = json.loads("".join(json_document(rows)))
    assert [prediction["path"] for prediction in content["predictions"]] == [
        str(k) for k in range(count)
    ]


def test_endings_say_the_form() -> None:
    assert [result_format(f"a.{e}") for e in ("csv", "JSON", "jsonl")] == ["csv", "json", "jsonl"]
    with pytest.raises(MienetError, match=r"got the ending \.xlsx"):
        result_format("a.xlsx")
