"""Fine-tuning in two parts."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mienet.config import RunConfig
from mienet.training.building import build_recognizer
from mienet.workflows import train as module
from mienet.workflows.train import train


def weights(run: Path) -> dict[str, torch.Tensor]:
    state = torch.load(run / "last.ckpt", weights_only=True)["state_dict"]
    return {name.removeprefix("recognizer.network."): value for name, value in state.items()}


@pytest.mark.parametrize("ema_decay", [None, 0.5])
def test_a_frozen_backbone_stays_to_the_bit(
    config: RunConfig,
    ema_decay: float | None,
) -> None:
    options = replace(config.train, freeze_backbone_epochs=2, ema_decay=ema_decay, weight_decay=0.1)
    config = replace(config, train=options)
    torch.manual_seed(config.train.seed)
    start = build_recognizer(config, ["fall", "rise"])[0].network.state_dict()
    for name, value in weights(train(config)).items():
        if name.startswith("backbone."):
            torch.testing.assert_close(value, start[name], rtol=0, atol=0)
    assert not torch.equal(
        weights(Path(config.train.out) / "run")["head.weight"], start["head.weight"]
    )


def test_a_backbone_learns_after_its_frozen_epochs_also_when_resumed(
    config: RunConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frozen = replace(config.train, freeze_backbone_epochs=1)
    whole = weights(train(replace(config, train=frozen)))
    with monkeypatch.context() as patch:
        make = module._trainer

        def stop_early(*arguments: object) -> object:
            trainer = make(*arguments)  # type: ignore[arg-type]
            trainer.fit_loop.max_epochs = 1
            return trainer

        patch.setattr(module, "_trainer", stop_early)
        cut = replace(frozen, name="cut")
        run = train(replace(config, train=cut))
    first = weights(run)
    resumed = weights(train(replace(config, train=replace(cut, resume=str(run / "last.ckpt")))))
    name = "backbone.layer4.0.conv2.weight"
    assert not torch.equal(first[name], resumed[name])
    assert not torch.equal(first["backbone.bn1.running_mean"], resumed["backbone.bn1.running_mean"])
    for name, value in whole.items():
        torch.testing.assert_close(value, resumed[name], rtol=0, atol=0)
