import pytest
from mmengine.config import Config

from seg_plugins.gpu_check.measurements import MEASUREMENTS, STOCK, stock_config
from seg_plugins.gpu_check.parts import PARTS


def test_every_part_has_its_measurement():
    assert [p.name for p in PARTS] == list(MEASUREMENTS)


@pytest.mark.parametrize("device", ["cuda", "cpu"])
@pytest.mark.parametrize("name", STOCK)
def test_the_configs_are_there(name, device):
    cfg = Config.fromfile(stock_config(name, device))
    assert cfg.model.decode_head.num_classes > 1 and cfg.optim_wrapper.optimizer.lr > 0
    assert ("fast" in cfg) == (device == "cpu")  # upstream's have no preset
