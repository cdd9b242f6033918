import json
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from seg_plugins.zoo.runs import cost
from seg_plugins.zoo.runs.cost import known_costs, measure_cost, update_costs
from seg_plugins.zoo.suites.config_hash import _file
from tests.zoo.base import add_config

CONFIG = """
crop_size = (16, 24)
model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(type="SegDataPreProcessor", size=crop_size),
    backbone=dict(type="UNet", in_channels=3, base_channels=4, num_stages=2, strides=(1, 1),
                  enc_num_convs=(1, 1), dec_num_convs=(1,), downsamples=(True,), enc_dilations=(1, 1),
                  dec_dilations=(1,), norm_cfg=dict(type="BN")),
    decode_head=dict(type="FCNHead", in_channels=4, in_index=1, channels=4, num_convs=0,
                     concat_input=False, num_classes=2),
    auxiliary_head=dict(type="FCNHead", in_channels=8, in_index=0, channels=8, num_convs=0,
                        concat_input=False, num_classes=2),
)
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "c.py"
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize("channels", [1, 3, 7])
def test_a_network_counted_by_hand(config, channels):
    """3x3: C->4; max-pool; 3x3: 4->8; 1x1 after upsampling: 8->4; 3x3: 8->4; 1x1: 4->2."""
    config.write_text(CONFIG.replace("in_channels=3, base", f"in_channels={channels}, base"))
    found = measure_cost(str(config))
    full, half = 16 * 24, 8 * 12
    multiply_adds = full * 9 * 4 * channels + half * 9 * 32 + full * 32 + full * 9 * 32 + full * 8
    assert found["flops"] == 2 * multiply_adds
    convolutions = 9 * 4 * channels + 9 * 32 + 32 + 9 * 32
    assert found["inference_parameters"] == convolutions + 2 * (4 + 8 + 4 + 4) + 8 + 2
    assert found["parameters"] == found["inference_parameters"] + 8 * 2 + 2
    assert found["input"] == [16, 24]


def test_only_what_changed_is_measured_again(layout, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("measured again")

    monkeypatch.setattr(cost.subprocess, "run", refuse)
    known = update_costs(layout, ["net/net_a_1xb4-1k_toy-8x8.py"])
    assert known == known_costs(layout)
    path = layout.configs / "net/net_a_1xb4-1k_toy-8x8.py"
    path.write_text(path.read_text().replace("width=8", "width=7"))
    _file.cache_clear()
    with pytest.raises(AssertionError, match="measured again"):
        update_costs(layout, ["net/net_a_1xb4-1k_toy-8x8.py"])


def test_one_network_that_does_not_build_hides_no_other(layout):
    (layout.configs / "net/unet.py").write_text(CONFIG)
    (layout.suites / "costs.json").unlink()
    known = update_costs(layout, ["net/net_b_1xb4-1k_toy-8x8.py", "net/unet.py"])
    assert list(known) == ["net/unet.py"] and known["net/unet.py"]["parameters"] > 0
    assert json.loads((layout.suites / "costs.json").read_text()) == known


def test_costs_that_others_add_meanwhile_are_kept(layout, monkeypatch):
    """Runs that end at once, as those of an array do: all measure, and all keep what they found."""
    names = [add_config(layout.root, f"net/net_{i}_1xb4-1k_toy-8x8.py") for i in range(8)]
    (layout.suites / "costs.json").write_text("{}")
    together = threading.Barrier(len(names))

    def measured(command, **more):
        together.wait(600)
        return SimpleNamespace(stdout=json.dumps({"config": command[3], "flops": 1}))

    monkeypatch.setattr(cost.subprocess, "run", measured)
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: update_costs(layout, [name]), names))
    assert sorted(known_costs(layout)) == sorted(names)
