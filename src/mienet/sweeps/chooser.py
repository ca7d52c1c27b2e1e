"""What a search tries next, and which of its trainings are not worth their end: by Optuna.

Source of the choice: tree-structured Parzen estimators (J. Bergstra et al., 2011); the first ten
are chosen at random. A training is stopped if its best score so far is below the median of what
those that came to their end had at the same epoch (D. Golovin et al., Google Vizier, 2017).
"""

from collections.abc import Sequence

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState

from mienet.sweeps.search_space import Choice, Chosen, NumberRange, SearchSpace
from mienet.sweeps.search_trials import SearchTrial
from mienet.sweeps.trials import TrialResult

STATES = {
    "done": TrialState.COMPLETE,
    "stopped": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}


class Chooser:
    """Chooses options by the scores of those that were tried.

    Args:
        space: What there is to choose from.
        trials: Those that are over, of an earlier call.
        seed: Fixes what is random, together with a training's number: whether the search was
            stopped between does not matter.
        first_stop_epoch: Before which no training is stopped.
    """

    def __init__(
        self,
        space: SearchSpace,
        trials: Sequence[SearchTrial],
        *,
        seed: int,
        first_stop_epoch: int,
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._seed = seed
        self._distributions = {name: _distribution(axis) for name, axis in space.axes.items()}
        pruner = optuna.pruners.MedianPruner(n_warmup_steps=first_stop_epoch)
        self._study = optuna.create_study(direction="maximize", pruner=pruner)
        self._running: dict[int, optuna.Trial] = {}
        self._reported: dict[int, int] = {}
        for trial in trials:
            self.begin(trial)
            self.end(trial)

    def choose(self, number: int) -> Chosen:
        """Returns what the training of a number is to be given."""
        numbers = np.random.SeedSequence([self._seed, number])
        self._study.sampler = optuna.samplers.TPESampler(seed=int(numbers.generate_state(1)[0]))
        self._running[number] = self._study.ask(self._distributions)
        return dict(self._running[number].params)

    def begin(self, trial: SearchTrial) -> None:
        """Takes note of a training that was chosen in an earlier call."""
        self._study.enqueue_trial(dict(trial.chosen))
        self._running[trial.number] = self._study.ask(self._distributions)

    def should_stop(self, trial: SearchTrial, last_epoch: int) -> bool:
        """Returns whether a training is worse than the others were at the same epoch.

        Args:
            trial: That is under way.
            last_epoch: After which it is over anyway.
        """
        running = self._running[trial.number]
        for epoch, score in self._news(trial):
            running.report(score, epoch)
            if epoch < last_epoch and running.should_prune():
                return True
        return False

    def end(self, trial: SearchTrial) -> None:
        """Takes note of how a training ended."""
        result = trial.result() or TrialResult("failed")
        running = self._running.pop(trial.number)
        for epoch, score in self._news(trial):
            running.report(score, epoch)
        last = result.score if result.state == "done" else None
        self._study.tell(running, last, STATES[result.state])

    def _news(self, trial: SearchTrial) -> list[tuple[int, float]]:
        """Returns epochs with scores that were not reported before."""
        known = self._reported.get(trial.number, 0)
        news = [(epoch, score) for epoch, score in sorted(trial.scores().items()) if epoch > known]
        self._reported[trial.number] = max([known, *(epoch for epoch, _ in news)])
        return news


def _distribution(axis: NumberRange | Choice) -> BaseDistribution:
    if isinstance(axis, Choice):
        return CategoricalDistribution(list(axis.sets))
    if axis.is_whole:
        return IntDistribution(int(axis.low), int(axis.high), log=axis.is_log)
    return FloatDistribution(axis.low, axis.high, log=axis.is_log)
