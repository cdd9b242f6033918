import sys
from functools import lru_cache

import numpy as np
import pytest
import torch

from seg_plugins.commands.train import main as train
from seg_plugins.inference import SegPredictor
from tests.commands.base import draw_disc, write_run


@lru_cache
def train_on_discs(root):
    """Config and checkpoint below a folder, made once for all that import the fixture."""
    folder = root / "discs"
    folder.mkdir()
    config = write_run(folder, iters=60)
    torch.manual_seed(0)
    train(
        [str(config), "--work-dir", str(folder / "work"), "--cfg-options", "default_hooks.logger.interval=60"]
    )
    return config, folder / "work" / "iter_60.pth"


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Config and checkpoint of the tiny FCN after 60 steps on drawn discs (about 3 s)."""
    return train_on_discs(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def predictor(trained):
    return SegPredictor(*trained, device="cpu")


@pytest.fixture(scope="session")
def sliding(trained):
    return SegPredictor(*trained, device="cpu", window=(48, 48), stride=(32, 32))


@pytest.fixture
def geotiff(tmp_path):
    """A disc of 120 x 150 pixels of 2 m in UTM zone 33, and its pixels."""
    rasterio = pytest.importorskip("rasterio")
    image, _ = draw_disc(np.random.default_rng(3), (120, 150))
    path = tmp_path / "tile.tif"
    transform = rasterio.transform.from_origin(500_000, 5_400_000, 2, 2)
    with rasterio.open(
        path, "w", driver="GTiff", height=120, width=150, count=3, dtype="uint8", crs="EPSG:32633",
        transform=transform, compress="deflate",
    ) as file:  # fmt: skip
        file.write(image.transpose(2, 0, 1))
    return path, image


@pytest.fixture
def no_rasterio(monkeypatch):
    monkeypatch.setitem(sys.modules, "rasterio", None)
