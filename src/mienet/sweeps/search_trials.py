"""The trainings of a search: a folder for each, numbered from 1 as they were chosen.

OUT/search.json                  which videos judge, and which are left for the test
OUT/lists/train.csv, val.csv     what all trainings learn from and are judged by
OUT/trials/0001/trial.json       what was chosen
OUT/trials/0001/recipe.yaml      its options
OUT/trials/0001/run/             the run, as mienet train makes it
OUT/trials/0001/scores.jsonl     the score after each epoch
OUT/trials/0001/result.json      how it ended, once it is over
OUT/trials/0001/log.txt          what it printed

They are all that is kept: a search that goes on is told of them anew.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from mienet.config import ConfigError
from mienet.files import Journal, write_whole
from mienet.sweeps.plan import SweepPlan, Variant
from mienet.sweeps.search_space import Chosen
from mienet.sweeps.trials import (
    RECIPE,
    SETTINGS,
    TrialResult,
    options_of,
    read_result,
    write_result,
)

FACTS = "search.json"
LISTS = "lists"
TRIALS = "trials"
SCORES = "scores.jsonl"


@dataclass(frozen=True)
class SearchFacts:
    """Which videos a search has, as its folder keeps them.

    Attributes:
        fold: Name of what is held out for the test.
        groups_are: What a group is, such as subject.
        kind: ``clips`` or ``recordings``.
        training: Videos that all trainings learn from.
        validation: Videos that judge them.
        validation_groups: Groups of these, none of which is learned from.
        test: Videos that are held out for the test.
        list_sha256: Of the lists, by name, and of all videos.
    """

    fold: str
    groups_are: str
    kind: str
    training: int
    validation: int
    validation_groups: tuple[str, ...]
    test: int
    list_sha256: Mapping[str, str]


@dataclass(frozen=True)
class SearchTrial:
    """One training of a search.

    Attributes:
        number: Which, from 1.
        folder: Its own.
        chosen: By axis the number, or the name of the value.
        options: What that sets.
    """

    number: int
    folder: Path
    chosen: Chosen
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Returns what to call it: ``training 3 (dropout 0.2)``."""
        return f"training {self.number} ({', '.join(map(' '.join, self.said().items()))})"

    def said(self) -> dict[str, str]:
        """Returns what was chosen, by the axis's short name."""
        return {
            axis.rsplit(".")[-1]: str(self.options.get(axis, value))
            for axis, value in self.chosen.items()
        }

    def result(self) -> TrialResult | None:
        """Returns how it ended; None before it is over."""
        return read_result(self.folder)

    def scores(self) -> dict[int, float]:
        """Returns the score after each epoch so far, from 1."""
        return _scores(self.folder)


def make_search_trial(plan: SweepPlan, out: Path, number: int, chosen: Chosen) -> SearchTrial:
    """Returns a new training, whose folder is written; one that cannot be done has failed.

    Raises:
        OSError: If it cannot be written.
    """
    options = plan.space().options(chosen)
    trial = SearchTrial(number, out / TRIALS / f"{number:04}", chosen, options)
    trial.folder.mkdir(parents=True, exist_ok=True)
    try:
        config = plan.config(Variant({}, options), plan.seeds[0])
    except ConfigError as error:  # options that do not go together
        write_result(trial.folder, TrialResult("failed", str(error)))
    else:
        text = yaml.safe_dump(options_of(config), sort_keys=False, allow_unicode=True)
        write_whole(trial.folder / RECIPE, text)
    settings = {"chosen": chosen, "options": options, "lists": f"../../{LISTS}"}
    # Last: where it is, all is.
    write_whole(trial.folder / SETTINGS, json.dumps(settings, indent=1, ensure_ascii=False) + "\n")
    return trial


def read_search_trials(out: Path) -> list[SearchTrial]:
    """Returns the trainings of a search's folder so far, by number."""
    found = []
    for path in sorted((out / TRIALS).glob(f"*/{SETTINGS}")):
        settings = json.loads(path.read_text(encoding="utf-8"))
        number = int(path.parent.name)
        found.append(SearchTrial(number, path.parent, settings["chosen"], settings["options"]))
    return found


def is_of_search(folder: Path) -> bool:
    """Returns whether a trial's folder is that of a search's training."""
    return "chosen" in json.loads((folder / SETTINGS).read_text(encoding="utf-8"))


def note_score(folder: Path, epoch: int, score: float) -> None:
    """Writes down the score after an epoch, from 1, for the search to look at."""
    journal = Journal(folder / SCORES)
    journal.read()  # ends a line that a kill has cut off
    journal.append({"epoch": epoch, "score": score})


def last_score(folder: Path) -> float:
    """Returns the score after the last epoch so far; there must be one."""
    scores = _scores(folder)
    return scores[max(scores)]


def _scores(folder: Path) -> dict[int, float]:
    entries = Journal(folder / SCORES).peek()
    return {int(entry["epoch"]): float(entry["score"]) for entry in entries}


def write_facts(out: Path, facts: SearchFacts) -> None:
    """Writes which videos a search has."""
    text = json.dumps(asdict(facts), indent=1, ensure_ascii=False)
    write_whole(out / FACTS, text + "\n")


def read_facts(out: Path) -> SearchFacts | None:
    """Returns which videos the search in a folder has; None if it has none yet."""
    path = out / FACTS
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return SearchFacts(**{**found, "validation_groups": tuple(found["validation_groups"])})
