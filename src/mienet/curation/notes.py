"""What is unusual in videos but not wrong, gathered from their probes for people to read."""

from collections import defaultdict
from collections.abc import Mapping

from mienet.curation.probe import Probe

MOST_EXAMPLES = 3
MOST_NOTES = 20


def video_notes(probes: Mapping[str, Probe]) -> list[str]:
    """Returns each note with how many videos it concerns, and some of them; frequent ones first."""
    videos: defaultdict[str, list[str]] = defaultdict(list)
    for path, probe in probes.items():
        for note in probe.notes:
            videos[note].append(path)
    frequent = sorted(videos, key=lambda note: -len(videos[note]))
    lines = [f"{_examples(videos[note])}: {note}" for note in frequent[:MOST_NOTES]]
    if more := len(frequent) - len(lines):
        lines.append(f"{more} more kinds of notes on videos, in probes.jsonl")
    return lines


def _examples(paths: list[str]) -> str:
    shown = ", ".join(paths[:MOST_EXAMPLES])
    more = len(paths) - MOST_EXAMPLES
    return f"{len(paths)} video(s) ({shown}{f', and {more} more' if more > 0 else ''})"
