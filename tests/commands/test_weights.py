import pytest
import torch

from seg_plugins.backbones import EfficientNetLite
from seg_plugins.checkpoints.esp_names import esp_names
from seg_plugins.commands.user_errors import run_tool
from seg_plugins.commands.weights import main
from tests.checkpoints.test_esp_names import esp_net_keys
from tests.segmentors.base import build

ESPNET = "espnet_p2-q8_1xb8-20k_camvid-360x480"
TINY = "espnet_tiny_1xb4-1k_synth-streets-128x256"
LITE = "fpn_lite0_1xb4-1k_synth-streets-128x256"


def weights(*arguments):
    return run_tool(lambda: main([str(a) for a in arguments]))


@pytest.fixture(scope="module")
def network():
    return build("espnet_tiny", 11)


def test_what_a_config_needs(capsys):
    assert weights("list", LITE) == 0
    shown = capsys.readouterr().out
    assert "model.backbone: installed://efficientnet-lite0" in shown
    assert "Apache-2.0" in shown and "579344248a93e23026e6b78f" in shown
    assert weights("list", ESPNET) == 0
    shown = capsys.readouterr().out
    assert "whole network: espnet_p_2_q_8_camvid.pth" in shown and "7d354a257170" in shown and "MIT" in shown
    assert weights("list", "espnetv2_s20_4xb2-80k_cityscapes-512x1024") == 0
    assert "non-commercial" in capsys.readouterr().out
    assert weights("list", TINY) == 0
    assert "starts from scratch, and no weights are published" in capsys.readouterr().out


def test_a_public_file_is_converted_and_fits(network, tmp_path, capsys):
    keys = esp_net_keys(2, 3)
    ours = list(esp_names(dict.fromkeys(keys, torch.ones(1))))
    state = {key: network.state_dict()[name] for key, name in zip(keys, ours, strict=True)}
    state["classifier.weight"] = torch.rand(11, 12, 2, 2)
    file, out = tmp_path / "public.pth", tmp_path / "out.pth"
    torch.save(state, file)
    assert weights("check", TINY, file) == 0
    assert "fits the whole network after" in capsys.readouterr().out
    assert weights("convert", TINY, file, out) == 0
    written = torch.load(out)["state_dict"]
    assert torch.equal(written["decode_head.conv_seg.weight"], state["classifier.weight"][:, :11])
    assert torch.equal(written["backbone.stem.conv.weight"], state["encoder.level1.conv.weight"])
    capsys.readouterr()
    assert weights("check", TINY, out) == 0
    assert f"fits the whole network of {TINY}.py" in capsys.readouterr().out
    assert weights("check", ESPNET, out) == 1
    assert "of another architecture than the config" in capsys.readouterr().out
    assert weights("check", LITE, file) == 2
    wanted = "the weights are those of ESPNet, and the config's encoder is EfficientNetLite"
    assert wanted in capsys.readouterr().err
    assert weights("convert", TINY, out, tmp_path / "again.pth") == 2
    assert "are not those of a public file that this tool knows" in capsys.readouterr().err


def test_weights_of_an_encoder(tmp_path, capsys):
    file = tmp_path / "lite.pth"
    torch.save(EfficientNetLite("lite0").state_dict(), file)
    assert weights("check", LITE, file) == 0
    shown = capsys.readouterr().out
    assert "it is not installed://efficientnet-lite0, whose SHA-256 begins with 57934424" in shown
    assert f"it fits model.backbone of {LITE}.py" in shown
    torch.save(EfficientNetLite("lite1").state_dict(), file)
    assert weights("check", LITE, file) == 1
    assert "are those of EfficientNet-Lite1" in capsys.readouterr().out


def test_missing_arguments_are_named(capsys):
    assert weights("check", LITE) == 2
    assert "weights.py check needs CONFIG FILE" in capsys.readouterr().err
    assert weights("check", LITE, "none.pth") == 2
    assert "none.pth: there is no such file" in capsys.readouterr().err
