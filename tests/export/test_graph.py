import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from seg_plugins.export.graph import ExportGraph, require_exportable
from seg_plugins.models import load_model
from tests.export.base import facts_for
from tests.models.base import config_for, network_for
from tests.segmentors.base import MODEL_BASES


class Fixed(torch.nn.Module):
    """A network that always gives these logits."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def encode_decode(self, image, metas):
        self.seen = image
        return self.logits


OUTPUTS = ["logits", "labels", "confidence"]


def test_labels_and_confidence_are_of_the_softmax():
    logits = torch.randn(1, 5, 4, 6)
    _, labels, confidence = ExportGraph(Fixed(logits), facts_for(outputs=OUTPUTS))(torch.zeros(1, 3, 4, 6))
    best = logits.softmax(1).max(1)
    assert torch.equal(labels.long(), best.indices) and torch.equal(confidence, best.values)


def test_one_channel_is_compared_with_its_threshold():
    logits = torch.tensor([[[[-3.0, -0.5, 2.0]]]])
    facts = facts_for(2, outputs=OUTPUTS, threshold=0.3)
    _, labels, confidence = ExportGraph(Fixed(logits), facts)(torch.zeros(1, 3, 1, 3))
    assert labels.tolist() == [[[0, 1, 1]]]
    wanted = torch.tensor(
        [[[1 / (1 + 2.718281828**-3), 1 / (1 + 2.718281828**0.5), 1 / (1 + 2.718281828**-2)]]]
    )
    assert torch.allclose(confidence, wanted)


def test_bytes_are_normalised_in_the_graph():
    network = Fixed(torch.zeros(1, 5, 1, 1))
    facts = facts_for(input="uint8", mean=[10.0, 20.0, 30.0], std=[1.0, 2.0, 5.0])
    ExportGraph(network, facts)(torch.tensor([[[[11, 24, 20]]]], dtype=torch.uint8))
    assert network.seen.flatten().tolist() == [1, 2, -2]


def loaded_with(**changes):
    return load_model(config_for(network_for(3, **changes)), device="cpu")


def test_what_runs_after_the_network_is_refused_with_labels_only():
    loaded = loaded_with(postprocess=[dict(type="DenseCRF")])
    require_exportable(loaded, labels=False, uint8=False)
    with pytest.raises(ValueError, match=r"^--labels: model.postprocess \(DenseCRF\) runs after"):
        require_exportable(loaded, labels=True, uint8=False)
    loaded = loaded_with()
    loaded.config.model.test_cfg = dict(mode="slide", crop_size=(32, 32), stride=(16, 16))
    with pytest.raises(ValueError, match=r"^--labels: model.test_cfg.mode='slide'"):
        require_exportable(loaded, labels=True, uint8=False)


def test_images_of_more_bits_are_refused_as_bytes():
    loaded = load_model(config_for(network_for(3), color_type="unchanged"), device="cpu")
    with pytest.raises(ValueError, match=r"^--uint8: the config loads images of more than 8 bits"):
        require_exportable(loaded, labels=False, uint8=True)


def segmentor(name):
    model = Config.fromfile(MODEL_BASES / f"{name}.py").model
    if name.startswith("classical"):
        model.num_classes = 2
    else:
        model.decode_head.num_classes = 2
    if name.startswith("mask_rcnn"):
        model.thing_ids = (1,)
    return MODELS.build(model)


@pytest.mark.parametrize("name", ["mask_rcnn_tiny", "classical_otsu"])
def test_steps_that_are_no_network_are_refused(name):
    loaded = loaded_with()
    loaded.network = segmentor(name)
    with pytest.raises(ValueError, match=r"cannot be exported: it predicts in steps of its own"):
        require_exportable(loaded, labels=False, uint8=False)


def test_attention_to_masks_is_refused_by_name():
    loaded = loaded_with()
    loaded.network.decode_head = segmentor("mask2former_tiny").decode_head
    with pytest.raises(ValueError, match=r"EncoderDecoder of MaskedAttentionHead cannot be exported: "):
        require_exportable(loaded, labels=False, uint8=False)


def test_a_network_of_one_size_asks_for_it():
    loaded = loaded_with()
    loaded.network = segmentor("lraspp_tiny")
    require_exportable(loaded, labels=False, uint8=False, fixed=True)
    with pytest.raises(ValueError, match=r"of MobileNetV3 is exported for one size only: add --fixed"):
        require_exportable(loaded, labels=False, uint8=False)
