"""The files of a comparison of two observers.

agreement/agreement.json      all figures, with their intervals
agreement/labels.csv          a row a label; events.csv a row an event
agreement/confusion.csv       rows: the first's label, columns: the second's; frames or clips
agreement/disagreements.csv   what the two call by different names, the longest first
agreement/timelines.png       the first's above the second's, the least agreement first
"""

import json
from pathlib import Path

from mienet.files import write_whole
from mienet.rendering.agreement import Agreement, RecordingAgreement
from mienet.rendering.results import Row
from mienet.rendering.spreadsheet import write_table
from mienet.rendering.timeline_strips import timeline_strips_png

SUMMARY = "agreement.json"
FILES = (
    *(SUMMARY, "labels.csv", "confusion.csv", "events.csv", "disagreements.csv"),
    "timelines.png",
)
SUMMARY_START = r'\{\s*"first": "'

LONGEST_TITLE = 32


def write_agreement(agreement: Agreement, out: Path) -> None:
    """Writes all files to the folder ``out``, each whole or not at all.

    Files that have no rows, or that clips do not have, are removed.

    Raises:
        OSError: If one cannot be written, with its name.
    """
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(agreement.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(out / SUMMARY, text)
    write_table(out / "labels.csv", agreement.label_rows())
    write_table(out / "confusion.csv", _confusion(agreement))
    write_table(out / "disagreements.csv", agreement.disagreement_rows())
    if isinstance(agreement, RecordingAgreement):
        write_table(out / "events.csv", agreement.event_rows())
        above, below = _short(agreement.first), _short(agreement.second)
        picture = timeline_strips_png(
            agreement, above=f"the first ({above})", below=f"the second ({below})"
        )
        write_whole(out / "timelines.png", picture)
    else:
        for name in ("events.csv", "timelines.png"):
            (out / name).unlink(missing_ok=True)


def _short(title: str) -> str:
    """Returns an observer's title without folders, as long as there is room for."""
    name = Path(title).name
    return name if len(name) <= LONGEST_TITLE else f"{name[: LONGEST_TITLE - 3]}..."


def _confusion(agreement: Agreement) -> list[Row]:
    """Returns a row for each label of the first's, with a column for each of the second's."""
    names = agreement.names
    return [
        {"first": name} | {f"second: {other}": n for other, n in zip(names, counts, strict=True)}
        for name, counts in zip(names, agreement.table.tolist(), strict=True)
        if agreement.table.any()
    ]
