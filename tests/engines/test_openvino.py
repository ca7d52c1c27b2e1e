"""Nobody is told that somebody converts a model."""

import os

import pytest

from mienet.engines.openvino import no_usage_reports


def test_openvino_sends_no_usage_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    telemetry = pytest.importorskip("openvino_telemetry")
    checker = pytest.importorskip("openvino_telemetry.utils.opt_in_checker")
    monkeypatch.delenv("CI", raising=False)
    with no_usage_reports():
        told = checker.OptInChecker().check(enable_opt_in_dialog=False, disable_in_ci=True)
    assert telemetry and told == checker.ConsentCheckResult.DECLINED


@pytest.mark.parametrize("before", [None, "false"])
def test_the_environment_is_as_before(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    if before is not None:
        monkeypatch.setenv("CI", before)
    with no_usage_reports():
        assert os.environ["CI"] == "true"
    assert os.environ.get("CI") == before
