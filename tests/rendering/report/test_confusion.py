import numpy as np

from mienet.rendering.report.confusion import MOST_CLASSES, confusion_rows


def test_rows_are_shares_of_what_is_true() -> None:
    first, second = confusion_rows(np.array([[3, 1], [0, 0]]), ["up", "down"])
    assert (first.total, [cell.share for cell in first.cells]) == (4, [0.75, 0.25])
    assert first.cells[1].says == "up, taken for down: 1 of 4"
    assert [cell.share for cell in second.cells] == [0, 0]


def test_too_many_classes_have_no_table() -> None:
    count = MOST_CLASSES + 1
    assert confusion_rows(np.zeros((count, count), np.int64), ["x"] * count) == []
