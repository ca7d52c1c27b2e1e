"""A rare label that is a slip from a frequent one is asked about; others are not."""

import pytest

from mienet.annotations.records import Annotations, VideoRecord
from mienet.curation.labels import alike_notes, label_notes, likely_typos


@pytest.mark.parametrize(
    ("rare", "frequent"),
    [
        ("jmup", "jump"),
        ("jumpp", "jump"),
        ("jum", "jump"),
        ("take of", "take off"),
        ("wave_hnads", "wave_hands"),
        ("Sprungg", "sprung"),
    ],
)
def test_a_typo_is_told_from_a_frequent_label(rare: str, frequent: str) -> None:
    expected = [] if rare == "jum" else [(rare, frequent)]  # too short to tell
    assert list(likely_typos({frequent: 12, rare: 1, "standing": 9})) == expected


@pytest.mark.parametrize(
    "clips",
    [
        {"phase_01": 12, "phase_02": 1},  # numbered classes
        {"hip": 12, "hop": 1},  # short words differ in a letter
        {"turn left": 12, "turn right": 1},
        {"jump": 12, "jumps": 12},  # both frequent
        {"jump": 2, "jumps": 1},  # both rare
        {"jump": 12, "jumps": 0},  # a class without clips is a problem of its own
    ],
)
def test_what_may_well_be_another_class_is_not_asked_about(clips: dict[str, int]) -> None:
    assert list(likely_typos(clips)) == []


def test_the_note_names_both_and_their_clips() -> None:
    records = [VideoRecord("a", 0)] * 5 + [VideoRecord("b", 1)]
    (note,) = label_notes({"all": Annotations(records, ["take-off", "take-of"])})
    assert "class 'take-of' has 1 clip(s) and 'take-off' has 5; did you mean 'take-off'?" in note


def test_many_classes_do_not_wait() -> None:
    clips = {f"class {chr(97 + n % 26)}{n}": 1 + 9 * (n % 2) for n in range(100_000)}
    assert list(likely_typos(clips)) == []


@pytest.mark.parametrize(("other", "difference"), [
    ("U\u0308bung", "the way its accents are stored"), ("übung", "capitals"), ("Ubung", "accents"),
])  # fmt: skip
def test_labels_that_look_alike_are_noted_with_their_difference(
    other: str, difference: str
) -> None:
    assert alike_notes(["Übung", other, "Sprung"]) == [
        f"Übung and {other} count as different classes (they differ in {difference}); if they are "
        "one, spell them alike"
    ]
