from dataclasses import replace

import pytest
import torch
from mmseg.models.decode_heads import FCNHead
from mmseg.registry import MODELS
from torch import nn
from torch.nn import functional as F

from seg_plugins.commands.configs import read_config
from seg_plugins.export import ExportOptions, export_model
from seg_plugins.export.export_model import ERROR, check_sizes, facts_of, fails
from seg_plugins.export.parity import SizeParity
from seg_plugins.models import load_model
from seg_plugins.models.exported_file import read_exported
from tests.export.base import exported, shuffle_statistics
from tests.models.base import config_for, network_for


def test_the_report_and_the_file_say_the_same(exported_file, trained):
    out, report = exported_file
    facts = read_exported(out).facts
    assert facts == report.facts and facts.classes == ["ground", "disc"] and facts.min_size == 32
    assert (facts.config, facts.licence, facts.channel_order) == ("disc", "CC0-1.0", "RGB")
    assert report.sizes[0].size == (48, 40) and not any(map(fails, report.sizes))
    assert report.agreement.images == 2 and report.agreement.equal == 100
    assert report.agreement.miou[0] == report.agreement.miou[1] > 50


def test_differences_fail():
    good = SizeParity((4, 4), 0.0, 1.0)
    assert not fails(good) and fails(replace(good, error=2 * ERROR)) and fails(replace(good, equal=0.999))


@MODELS.register_module()
class NumberHead(FCNHead):
    """A user's head that makes a number of the image's size."""

    def forward(self, inputs):
        x = self._transform_inputs(inputs)
        return self.cls_seg(x * int(x.shape[2]))


@MODELS.register_module()
class PoolingHead(FCNHead):
    """A user's head: average pooling to 3x3 cells by a layer and by the function."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.pool = nn.AdaptiveAvgPool2d((3, 5))

    def forward(self, inputs):
        x = self._transform_inputs(inputs)
        context = [F.interpolate(y, x.shape[2:]) for y in (F.adaptive_avg_pool2d(x, 3), self.pool(x))]
        return self.cls_seg(x + context[0] + context[1])


def loaded_with(head):
    loaded = load_model(config_for(network_for(3, **{"decode_head.type": head})), device="cpu")
    shuffle_statistics(loaded.network)
    return loaded


def test_a_users_average_pooling_is_right_at_every_size():
    loaded = loaded_with("PoolingHead")
    rows, least = check_sizes(loaded, exported(loaded.network), torch.randn(1, 3, 90, 120))
    assert len(rows) == 5 and least == 32


def test_a_head_that_depends_on_the_size_leaves_no_file(trained, tmp_path):
    config = read_config(trained[0])
    config.model.decode_head = dict(
        type="NumberHead", in_channels=8, channels=8, num_convs=0, concat_input=False, num_classes=2
    )
    loaded = load_model(config, device="cpu")
    torch.save(loaded.network.state_dict(), tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"a number of the image's height. Fix the size with --fixed HxW"):
        export_model(config, tmp_path / "w.pth", tmp_path / "x.onnx", ExportOptions(images=0))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.pth"]
    export_model(config, tmp_path / "w.pth", tmp_path / "x.onnx", ExportOptions(images=0, fixed=(64, 48)))
    assert read_exported(tmp_path / "x.onnx").facts.size == [64, 48]


def test_names_that_do_not_fit_are_refused(trained, exported_file, tmp_path):
    config = read_config(trained[0])
    with pytest.raises(ValueError, match=r"--out .*x.pt: the name has to end in .onnx"):
        export_model(config, trained[1], tmp_path / "x.pt", ExportOptions())
    with pytest.raises(ValueError, match=r"disc.onnx is exported already"):
        export_model(config, exported_file[0], tmp_path / "x.onnx", ExportOptions())


def test_class_names_come_from_the_config_if_the_checkpoint_has_none(trained):
    loaded = load_model(trained[0], device="cpu")
    assert facts_of(loaded, ExportOptions(), "w.pth").classes == ["ground", "disc"]
    loaded = replace(loaded, classes=("a", "b"), meta=dict(dataset_meta=dict(classes=("a", "b"))))
    with pytest.raises(
        ValueError, match=r"^checkpoint w.pth and the config .*: a, b there, ground, disc here"
    ):
        facts_of(loaded, ExportOptions(), "w.pth")
