"""Work that is given out to Ray's processes, and again when one ends: on a stand-in of Ray."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from mienet.errors import MienetError
from mienet.ray_workers import LOST, MOST_FAILED_STARTS, Cluster, map_with_ray
from tests.ray_stand_in import EndedError, StandIn
from tests.ray_stand_in import ray as ray

Work = Callable[[Sequence[int]], list[int]]
GROUPS = {0: range(0, 5), 1: range(5, 8)}
TENFOLD = [(0, [0, 10, 20, 30, 40]), (1, [50, 60, 70])]


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
