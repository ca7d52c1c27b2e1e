"""What is wrong, on the report's page: a few rows of each kind, the rest folded, and advice."""

from mienet.curation.advice import ADVICE
from mienet.curation.problem_section import problem_section
from mienet.curation.problems import KINDS


def test_every_kind_says_what_it_means_for_training_and_what_to_do() -> None:
    assert list(ADVICE) == list(KINDS)
    for kind in KINDS:
        page = problem_section([(kind, "l.csv:2", "a.mp4: so")])
        assert ADVICE[kind].training in page
        assert ADVICE[kind].action in page


def test_ten_rows_of_a_kind_are_open_and_the_others_folded() -> None:
    page = problem_section([("missing", "", f"<{n}>") for n in range(1200)])
    opened, folded = page.split("<details>")
    assert opened.count("<li>") == 10
    assert "<summary>1,190 more</summary>" in folded
    assert folded.count("<li>") == 990
    assert "and 200 more, in problems.csv" in folded
    assert "&lt;0&gt;" in opened


def test_few_rows_are_not_folded() -> None:
    page = problem_section([("missing", "", str(n)) for n in range(10)])
    assert "<details>" not in page
