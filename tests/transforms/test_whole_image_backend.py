import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from seg_plugins.transforms import LoadSegImage
from seg_plugins.transforms.whole_image_backend import WholeImageBackend

NOISE = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_upstreams_loader_gives_the_same_and_refuses_what_is_truncated(kind, tmp_path):
    path = tmp_path / f"x.{kind}"
    Image.fromarray(NOISE).save(path)
    load = LoadImageFromFile(backend_args=dict(backend=WholeImageBackend.__name__))
    entry = dict(img_path=str(path))
    assert (load(dict(entry))["img"] == LoadSegImage()(dict(entry))["img"]).all()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=rf"x\.{kind} is truncated"):
        load(dict(entry))
