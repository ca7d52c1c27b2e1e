"""A stand-in of Ray, which does at once, in this process, what Ray's processes would."""

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


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
