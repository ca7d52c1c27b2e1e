import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mienet.metrics.agreement_tables import (
    confused_rows,
    count_pairs,
    label_rows,
    landis_koch,
    share_agreed,
    share_by_chance,
    table_kappa,
)

GRANTS = np.array([[20, 5], [10, 15]])
"""The usual 2x2: both say yes to 20 of 50, both no to 15; 0.7 agreed, 0.5 by chance."""


def test_kappa_of_the_usual_table() -> None:
    assert (share_agreed(GRANTS), share_by_chance(GRANTS)) == (0.7, 0.5)
    assert table_kappa(GRANTS) == pytest.approx(0.4)


def test_kappa_is_scikit_learns() -> None:
    first, second = np.random.default_rng(1).integers(0, 5, (2, 300))
    table = count_pairs(first, second, 5)
    assert table_kappa(table) == pytest.approx(cohen_kappa_score(first, second))


def test_one_label_against_all_others() -> None:
    # Of 10: a by the first 5, by the second 4, by both 3; agreed 7/10, chance 20/100 + 30/100.
    table = np.array([[3, 2, 0], [1, 2, 0], [0, 0, 2]])
    first = label_rows(table, ["a", "b", "c"])[0]
    assert first == {
        "label": "a",
        "first": 5,
        "second": 4,
        "both": 3,
        "agreement": 0.5,
        "kappa": pytest.approx(0.4),
    }


def test_labels_that_neither_uses_have_no_row() -> None:
    rows = label_rows(np.array([[2, 0], [0, 0]]), ["a", "b"])
    assert [row["label"] for row in rows] == ["a"]
    assert math.isnan(rows[0]["kappa"])


def test_the_most_confused_come_first() -> None:
    table = np.array([[9, 1, 0], [0, 9, 4], [0, 0, 9]])
    assert confused_rows(table, ["a", "b", "c"]) == [
        {"first": "b", "second": "c", "count": 4},
        {"first": "a", "second": "b", "count": 1},
    ]


def test_an_empty_table_has_no_figures() -> None:
    empty = np.zeros((2, 2), np.int64)
    assert all(math.isnan(f(empty)) for f in (table_kappa, share_agreed, share_by_chance))


def test_many_frames_do_not_overflow() -> None:
    assert table_kappa(GRANTS * 10**9) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("kappa", "name"),
    [(-0.1, "poor"), (0.0, "slight"), (0.204, "slight"), (0.21, "fair"), (0.6, "moderate"),
     (0.8, "substantial"), (0.81, "almost perfect"), (1.0, "almost perfect")],
)  # fmt: skip
def test_names_of_landis_and_koch(kappa: float, name: str) -> None:
    assert landis_koch(kappa) == name
