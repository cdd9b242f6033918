import pytest
from onnx import TensorProto, checker, helper

from seg_plugins.models.export_facts import facts_of_config
from seg_plugins.models.exported_file import is_exported, read_exported, require_same_config, seal
from tests.export.base import facts_for
from tests.models.base import config_for, network_for


def small(nodes=None, external=False):
    """An ONNX model that adds a weight to its input."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    if external:
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="../../etc/passwd")
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("image", "logits")]
    nodes = nodes or [helper.make_node("Add", ["image", "w"], ["logits"])]
    return helper.make_model(helper.make_graph(nodes, "g", values[:1], values[1:], [weight]))


def write(path, model=None, facts=None, change=None):
    model = model or small()
    seal(model, facts or facts_for())
    if change:
        change(model)
    path.write_bytes(model.SerializeToString())
    return path


def test_a_file_is_read_as_it_was_written(tmp_path):
    checker.check_model(small())
    file = read_exported(write(tmp_path / "x.onnx"))
    assert file.facts == facts_for() and file.data == (tmp_path / "x.onnx").read_bytes()
    assert is_exported("a/b.ONNX") and not is_exported("b.pth") and not is_exported(None)


def weight(model):
    model.graph.initializer[0].float_data[0] = 1.0000001


def name(model):
    next(entry for entry in model.metadata_props if entry.key == "classes").value = '["x", "y"]'


def more(model):
    model.metadata_props.add(key="note", value="x")


@pytest.mark.parametrize("change", [weight, name, more])
def test_a_change_after_the_export_is_seen(tmp_path, change):
    with pytest.raises(ValueError, match=r"x.onnx was changed or damaged after its export: its hash differs"):
        read_exported(write(tmp_path / "x.onnx", change=change))


def no_metadata(model):
    del model.metadata_props[:]


def other_version(model):
    next(entry for entry in model.metadata_props if entry.key == "format").value = "7"


@pytest.mark.parametrize(
    "change, words",
    [(no_metadata, "has no metadata of"), (other_version, "has metadata of version '7', not 1")],
)
def test_files_of_others_and_of_other_versions_are_refused(tmp_path, change, words):
    with pytest.raises(ValueError, match=words):
        read_exported(write(tmp_path / "x.onnx", change=change))


def test_weights_elsewhere_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"keeps weights in another file, which is not read"):
        read_exported(write(tmp_path / "x.onnx", small(external=True)))


def test_operators_of_libraries_are_refused_also_inside_branches(tmp_path):
    own = helper.make_node("Run", ["image"], ["logits"], domain="com.microsoft")
    with pytest.raises(ValueError, match=r"calls com.microsoft::Run, an operator of a library"):
        read_exported(write(tmp_path / "x.onnx", small([own])))
    value = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1])
    branch = helper.make_graph([own], "b", [], [value])
    inside = helper.make_node("If", ["image"], ["logits"], then_branch=branch, else_branch=branch)
    with pytest.raises(ValueError, match=r"an operator of a library"):
        read_exported(write(tmp_path / "x.onnx", small([inside])))


@pytest.mark.parametrize("data", [b"", b"\x80\x02nonsense", b"PK\x03\x04"])
def test_other_files_are_named(tmp_path, data):
    (tmp_path / "x.onnx").write_bytes(data)
    with pytest.raises(ValueError, match=r"x.onnx (is damaged or not an ONNX file|has no metadata)"):
        read_exported(tmp_path / "x.onnx")
    with pytest.raises(FileNotFoundError, match=r"y.onnx: there is no such file"):
        read_exported(tmp_path / "y.onnx")


CHANGES = [
    ("model.backbone.base_channels", lambda cfg: cfg.model.backbone.update(base_channels=8)),
    ("model.decode_head.align_corners", lambda cfg: cfg.model.decode_head.update(align_corners=True)),
    ("model.data_preprocessor.mean", lambda cfg: cfg.model.data_preprocessor.update(mean=[1, 2, 3])),
    ("model.data_preprocessor.bgr_to_rgb", lambda cfg: cfg.model.data_preprocessor.update(bgr_to_rgb=False)),
    ("test_dataloader.dataset.pipeline.0.color_type",
     lambda cfg: cfg.test_dataloader.dataset.pipeline[0].update(color_type="grayscale")),
    ("test_dataloader.dataset.pipeline: Resize",
     lambda cfg: cfg.test_dataloader.dataset.pipeline.insert(1, dict(type="Resize", scale=(9, 9)))),
    ("test_dataloader.dataset.metainfo.classes",
     lambda cfg: cfg.test_dataloader.dataset.update(metainfo=dict(classes=list("abcdf")))),
]  # fmt: skip


@pytest.mark.parametrize("key, change", CHANGES)
def test_what_file_and_config_disagree_in_is_named(tmp_path, key, change):

    config = config_for(network_for(3))
    stated = facts_of_config(config) | dict(classes=list("abcde"))
    file = read_exported(write(tmp_path / "x.onnx", facts=facts_for(**stated)))
    require_same_config(file, config)
    change(config)
    with pytest.raises(ValueError, match=rf"x.onnx and config disagree in {key}: "):
        require_same_config(file, config)
