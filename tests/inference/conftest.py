import pytest
import torch

from seg_plugins.inference import SegPredictor
from seg_plugins.launch.training import train
from tests.launch.base import write_run


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Config and checkpoint of the tiny FCN after 60 steps on drawn discs (about 3 s)."""
    folder = tmp_path_factory.mktemp("discs")
    config = write_run(folder, iters=60)
    torch.manual_seed(0)
    train(
        [str(config), "--work-dir", str(folder / "work"), "--cfg-options", "default_hooks.logger.interval=60"]
    )
    return config, folder / "work" / "iter_60.pth"


@pytest.fixture(scope="session")
def predictor(trained):
    return SegPredictor(*trained, device="cpu")
