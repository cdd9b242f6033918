import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import nn

from seg_plugins.checkpoints.fitting import load_weights, open_checkpoint, require_same_encoder
from seg_plugins.postprocess.temperature_scaling import TemperatureScaling


class Head(nn.Module):
    def __init__(self, classes=2, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 1)
        self.norm = nn.BatchNorm2d(width)
        self.decode_head = nn.Module()
        self.decode_head.conv_seg = nn.Conv2d(width, classes, 1)


class Payload:
    def __reduce__(self):
        return (print, ("code from a checkpoint",))


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "iter_1.pth"
    torch.save({"state_dict": Head().state_dict(), "meta": {"iter": 1}}, path)
    return path


def test_weights_arrive(checkpoint):
    model = Head()
    assert load_weights(model, checkpoint) == {"iter": 1}
    stored = torch.load(checkpoint)["state_dict"]
    assert all(torch.equal(v, stored[k]) for k, v in model.state_dict().items())


def test_wrapped_weights_and_left_over_auxiliary_head_load(tmp_path):
    weights = {f"module.{k}": v for k, v in Head().state_dict().items()}
    weights["module.auxiliary_head.conv_seg.bias"] = torch.zeros(2)
    torch.save({"state_dict": weights}, tmp_path / "wrapped.pth")
    model = Head()
    load_weights(model, tmp_path / "wrapped.pth")
    assert torch.equal(model.conv.weight, weights["module.conv.weight"])


def test_log_history_of_a_run_loads(tmp_path):
    history = HistoryBuffer([1.0, 2.0], [1, 1])
    torch.save({"state_dict": {}, "message_hub": {"loss": history, "x": np.float64(2)}}, tmp_path / "run.pth")
    assert open_checkpoint(tmp_path / "run.pth")["message_hub"]["loss"].current() == 2.0


def test_missing_file_shows_its_neighbours(checkpoint):
    with pytest.raises(
        FileNotFoundError, match=r"iter_2\.pth: there is no such file. Its folder holds: .*iter_1\.pth"
    ):
        open_checkpoint(checkpoint.with_name("iter_2.pth"))


@pytest.mark.parametrize("size", [0, 1, 300, 2000])
def test_truncated_file_is_named(checkpoint, size):
    checkpoint.write_bytes(checkpoint.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"iter_1\.pth is damaged"):
        open_checkpoint(checkpoint)


def test_code_is_not_run(tmp_path, capsys):
    torch.save({"state_dict": {}, "meta": Payload()}, tmp_path / "evil.pth")
    with pytest.raises(ValueError, match=r"evil\.pth asks for code: .*print"):
        open_checkpoint(tmp_path / "evil.pth")
    assert capsys.readouterr().out == ""


def test_getattr_is_only_for_the_log_history(tmp_path):
    class Reach:
        def __reduce__(self):
            return (getattr, (np.ndarray, "tofile"))

    torch.save({"state_dict": Reach()}, tmp_path / "reach.pth")
    with pytest.raises(ValueError, match=r"asks for code: .*getattr"):
        open_checkpoint(tmp_path / "reach.pth")


def test_other_class_count_names_the_head(checkpoint):
    with pytest.raises(ValueError, match="decode_head has 2 classes there and 5 in the config"):
        load_weights(Head(classes=5), checkpoint)


def test_a_training_that_begins_another_number_of_classes_anew_says_so(checkpoint, monkeypatch):
    said = []
    monkeypatch.setattr("seg_plugins.checkpoints.fitting.print_log", lambda text, **_: said.append(text))
    given = open_checkpoint(checkpoint)["state_dict"]
    require_same_encoder(Head().state_dict(), given, str(checkpoint))
    assert said == []
    require_same_encoder(Head(classes=5).state_dict(), given, str(checkpoint))
    assert "start from scratch: decode_head has 2 classes there and 5 in the config" in said[0]


def test_other_architecture_names_keys(checkpoint):
    model = Head(width=8)
    model.extra = nn.Linear(1, 1)
    with pytest.raises(
        ValueError, match=r"another architecture.*2 of 10 keys missing \(extra.bias, extra.weight"
    ):
        load_weights(model, checkpoint)


def scaled(**options):
    model = Head()
    model.postprocess = nn.ModuleList([TemperatureScaling(**options)])
    return model


def test_a_temperature_that_was_never_fitted_is_said_to_be_so(checkpoint):
    with pytest.raises(
        ValueError, match=r"iter_1\.pth holds no fitted temperature \(postprocess\.0\.temp"
    ) as e:
        load_weights(scaled(), checkpoint)
    assert "recipes.md" in str(e.value) and "architecture" not in str(e.value)
    load_weights(scaled(temperature=1.5), checkpoint)


def test_a_fitted_temperature_that_no_step_takes_is_said_to_be_so(tmp_path):
    torch.save({"state_dict": scaled().state_dict()}, tmp_path / "fitted.pth")
    with pytest.raises(
        ValueError, match=r"fitted\.pth holds a fitted temperature .*: add model\.postprocess"
    ):
        load_weights(Head(), tmp_path / "fitted.pth")
    load_weights(scaled(), tmp_path / "fitted.pth")


def test_a_temperature_beside_another_architecture_is_not_what_is_named(checkpoint):
    model = scaled()
    model.more = nn.Conv2d(1, 1, 1)
    with pytest.raises(ValueError, match="another architecture"):
        load_weights(model, checkpoint)
