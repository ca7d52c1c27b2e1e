"""Work that is given out to Ray's processes, and again when one ends: on a stand-in of Ray."""

import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from mienet.errors import MienetError
from mienet.ray_workers import LOST, MOST_FAILED_STARTS, Cluster, map_with_ray

Work = Callable[[Sequence[int]], list[int]]
GROUPS = {0: range(0, 5), 1: range(5, 8)}
TENFOLD = [(0, [0, 10, 20, 30, 40]), (1, [50, 60, 70])]


class EndedError(BaseException):
    """What work raises in order to end its process."""


class StandIn(ModuleType):
    """Does at once, in this process, what Ray's processes would."""

    def __init__(self, num_cpus: float) -> None:
        super().__init__("ray")
        self.exceptions = SimpleNamespace(
            RayActorError=type("RayActorError", (Exception,), {}),
            OutOfMemoryError=type("OutOfMemoryError", (Exception,), {}),
            RayTaskError=type("RayTaskError", (Exception,), {"cause": None}),
        )
        self.num_cpus = num_cpus
        self.started = self.shut_down = 0

    def is_initialized(self) -> bool:
        return False

    def init(self, **_: object) -> None: ...

    def shutdown(self) -> None:
        self.shut_down += 1

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": self.num_cpus}

    def remote(self, **_: object) -> Callable[[type], Any]:
        def actor(kind: type) -> Any:
            def start() -> Any:
                self.started += 1
                worker = kind()
                return SimpleNamespace(
                    open=SimpleNamespace(remote=lambda *a: lambda: worker.open(*a)),
                    work=SimpleNamespace(remote=lambda *a: lambda: worker.work(*a)),
                )

            return SimpleNamespace(remote=start)

        return actor

    def wait(self, running: list[Any], num_returns: int) -> tuple[list[Any], list[Any]]:
        return running[-num_returns:], running[:-num_returns]

    def get(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except EndedError as error:
            raise self.exceptions.RayActorError("it ended") from error
        except Exception as error:
            failed = self.exceptions.RayTaskError(str(error))
            failed.cause = error
            raise failed from error


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Returns a stand-in of Ray with two CPUs."""
    stand_in = StandIn(2)
    monkeypatch.setitem(sys.modules, "ray", stand_in)
    monkeypatch.setitem(sys.modules, "ray.exceptions", stand_in.exceptions)
    return stand_in


def tenfold(items: Sequence[int]) -> list[int]:
    return [10 * item for item in items]


def results(
    open_work: Callable[[], Work], cluster: Cluster | None = None, at_once: int = 2
) -> Iterator[tuple[int, list[int]]]:
    return map_with_ray(
        open_work,
        GROUPS,
        cluster=cluster or Cluster(),
        at_once=at_once,
        lost=lambda item, reason: -1 if reason == LOST else 0,
    )


def ending(numbers: list[int]) -> Callable[[], Work]:
    """Returns work that ends its process, once for each time that an item is in ``numbers``."""

    def work(items: Sequence[int]) -> list[int]:
        for item in items:
            if item in numbers:
                numbers.remove(item)
                raise EndedError
        return tenfold(items)

    return lambda: work


def test_results_are_in_order_whatever_comes_first(ray: StandIn) -> None:
    assert sorted(results(lambda: tenfold)) == TENFOLD
    assert (ray.started, ray.shut_down) == (2, 1)


def test_items_of_a_process_that_ended_are_done_once(ray: StandIn) -> None:
    assert sorted(results(ending([2, 7]))) == TENFOLD


def test_an_item_that_ends_every_process_is_given_up_alone(ray: StandIn) -> None:
    found = dict(results(ending([2] * 9), at_once=5))
    assert found == {0: [0, 10, -1, 30, 40], 1: [50, 60, 70]}


def test_an_error_in_opening_is_told_in_its_own_words(ray: StandIn) -> None:
    def fail() -> Work:
        raise MienetError("there is no model")

    with pytest.raises(MienetError, match=r"^there is no model$"):
        list(results(fail))
    assert ray.shut_down == 1


def test_processes_that_end_before_they_begin_are_not_started_for_ever(ray: StandIn) -> None:
    def end() -> Work:
        raise EndedError

    with pytest.raises(MienetError, match=f"{MOST_FAILED_STARTS} processes of Ray in a row"):
        list(results(end))


@pytest.mark.parametrize("cluster", [Cluster(workers=3), Cluster(threads=3), Cluster(gpus=1)])
def test_more_than_the_cluster_has_is_refused(ray: StandIn, cluster: Cluster) -> None:
    with pytest.raises(MienetError, match="do not fit: there are 2 CPUs and 0 GPUs"):
        list(results(lambda: tenfold, cluster))


def test_ray_ends_when_nobody_wants_more(ray: StandIn) -> None:
    found = results(lambda: tenfold)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert ray.shut_down == 1


def test_a_cluster_that_is_not_there_is_named(
    ray: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise ConnectionError("nobody answers")

    monkeypatch.setattr(ray, "init", fail)
    with pytest.raises(MienetError, match=r"no Ray cluster at 'auto' \(nobody answers\)"):
        list(results(lambda: tenfold, Cluster("auto")))
