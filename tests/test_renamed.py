from importlib import import_module

import pytest


@pytest.mark.parametrize(("old", "new"), [
    ("mienet.recognizer.load", "mienet.loading.load"),
    ("mienet.recognizer.load_network", "mienet.loading.load_network"),
    ("mienet.recognizer.choose_device", "mienet.loading.choose_device"),
    ("mienet.models.checkpoints.load_imagenet", "mienet.models.pretrained.load_pretrained"),
    ("mienet.models.checkpoints.ImageNetReport", "mienet.models.pretrained.StartReport"),
    ("mienet.workflows.convert.load_released", "mienet.workflows.convert.import_checkpoint"),
])  # fmt: skip
def test_old_names_lead_to_the_new_ones(old: str, new: str) -> None:
    (was, name), (place, now) = old.rsplit(".", 1), new.rsplit(".", 1)
    with pytest.warns(DeprecationWarning, match=new):
        found = getattr(import_module(was), name)
    assert found is getattr(import_module(place), now)


def test_names_that_never_were_are_not_there() -> None:
    assert not hasattr(import_module("mienet.recognizer"), "load_nothing")
