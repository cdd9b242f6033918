import numpy as np
import pytest
import torch
from mmengine.config import Config

from seg_plugins.models import engine_of, load_model
from seg_plugins.models.exported_file import ExportedFile, read_exported
from seg_plugins.models.exported_network import ExportedNetwork, engine_threads
from tests.export.base import facts_for
from tests.export.conftest import bytes_file, exported_file, trained  # noqa: F401
from tests.models.test_exported_file import small


def test_it_stands_in_the_networks_place(trained, exported_file):  # noqa: F811
    own, other = load_model(*trained, device="cpu"), load_model(trained[0], exported_file[0])
    image = torch.randn(2, 3, 45, 70)
    metas = [dict(img_shape=(45, 70), ori_shape=(45, 70))] * 2
    with torch.inference_mode():
        wanted, found = (loaded.network.encode_decode(image, metas) for loaded in (own, other))
    assert torch.allclose(found, wanted, atol=1e-5) and engine_of(own.network) is None
    assert other.classes == own.classes and np.array_equal(other.palette, own.palette)
    assert not sum(p.numel() for p in other.network.parameters()) and other.device.type == "cpu"
    assert other.input_spec == own.input_spec


def test_pixels_of_eight_bits_come_back_from_normalised_ones(bytes_file):  # noqa: F811
    file = read_exported(bytes_file[0])
    engine = ExportedNetwork(file, 1)
    pixels = np.random.default_rng(0).integers(0, 256, (1, 40, 50, 3), dtype=np.uint8)
    mean, std = (np.float32(v) for v in (file.facts.mean, file.facts.std))
    normalised = ((pixels - mean) / std).transpose(0, 3, 1, 2)
    assert np.array_equal(engine.as_bytes(normalised), pixels)


@pytest.mark.parametrize(
    "changes, words",
    [
        (dict(size=[48, 40]), "takes images of 48x40 only, not 40x48: export it without --fixed"),
        (dict(min_size=64), "image of 40x48: exported file .* takes images from 64x64 on"),
    ],
)
def test_sizes_that_the_file_does_not_take_are_named(exported_file, changes, words):  # noqa: F811
    data = exported_file[0].read_bytes()
    engine = ExportedNetwork(ExportedFile(exported_file[0], data, facts_for(**changes)))
    with pytest.raises(ValueError, match=words):
        engine(torch.zeros(1, 3, 40, 48))


def test_an_engine_that_is_too_old_is_named(tmp_path):
    model = small()
    model.opset_import[0].version = 9999
    file = ExportedFile(tmp_path / "x.onnx", model.SerializeToString(), facts_for())
    with pytest.raises(ValueError, match=r"x.onnx does not run in onnxruntime .*export the file again"):
        ExportedNetwork(file)


def test_threads_are_a_number():
    assert engine_threads(Config(dict(engine=dict(threads=2)))) == 2 and engine_threads(Config({})) is None
    for engine in (dict(threads=0), dict(threads="2"), dict(thread=1)):
        with pytest.raises(ValueError, match=r"^engine\.thread"):
            engine_threads(Config(dict(engine=engine)))


def test_a_gpu_is_refused(trained, exported_file):  # noqa: F811
    with pytest.raises(ValueError, match=r"device cuda: exported file .* runs on the CPU"):
        load_model(trained[0], exported_file[0], device="cuda")
