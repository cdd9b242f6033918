import pytest
import torch
from mmengine import ConfigDict
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from tests.loops.base import CLASSES, head, model, runner


def both(**changes):
    """Upstream's segmentor and the tiled one with the same weights."""
    pair = []
    for type_ in ("EncoderDecoder", "TiledEncoderDecoder"):
        torch.manual_seed(0)
        config = ConfigDict(model(type_=type_))
        config.update(changes)
        pair.append(MODELS.build(config).eval())
    pair[1].load_state_dict(pair[0].state_dict())
    return pair


def samples(count, **meta):
    return [
        SegDataSample(metainfo=dict(img_shape=(40, 56), ori_shape=(40, 56), pad_shape=(40, 56)) | meta)
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    "meta",
    [
        dict(),
        dict(ori_shape=(77, 101)),
        dict(img_padding_size=(0, 5, 0, 7), ori_shape=(66, 90)),
        dict(flip=True, flip_direction="horizontal", ori_shape=(33, 49)),
        dict(flip=True, flip_direction="vertical"),
    ],
)
def test_labels_equal_upstreams(meta):
    theirs, ours = both()
    inputs = torch.randn(2, 3, 40, 56)
    with torch.no_grad():
        expected, found = (m.predict(inputs, samples(2, **meta)) for m in (theirs, ours))
    for a, b in zip(expected, found, strict=True):
        assert torch.equal(a.pred_sem_seg.data, b.pred_sem_seg.data)
        probability = a.seg_logits.data.softmax(dim=0).amax(dim=0, keepdim=True)
        torch.testing.assert_close(b.pred_confidence.data, probability, atol=1e-5, rtol=1e-5)
        assert "seg_logits" not in b


def test_one_channel_heads():
    one = head(
        num_classes=2,
        out_channels=1,
        threshold=0.4,
        loss_decode=dict(type="CrossEntropyLoss", use_sigmoid=True),
    )
    theirs, ours = both(decode_head=one, auxiliary_head=None)
    inputs = torch.randn(1, 3, 40, 56)
    with torch.no_grad():
        a, b = (m.predict(inputs, samples(1))[0] for m in (theirs, ours))
    assert torch.equal(a.pred_sem_seg.data, b.pred_sem_seg.data)


def test_images_without_samples_and_sliding_windows():
    theirs, ours = both()
    inputs = torch.randn(1, 3, 40, 56)
    with torch.no_grad():
        assert torch.equal(
            theirs.predict(inputs)[0].pred_sem_seg.data, ours.predict(inputs)[0].pred_sem_seg.data
        )
    ours.test_cfg = ConfigDict(mode="slide", crop_size=(16, 24), stride=(8, 12))
    with torch.no_grad():
        assert len(ours.predict(inputs, samples(1))[0].seg_logits.data) == len(CLASSES)


def test_a_run_with_metrics_validation_loss_and_report(tmp_path):
    metrics = []
    for type_ in ("EncoderDecoder", "TiledEncoderDecoder"):
        run = runner(tmp_path / type_, type_=type_, custom_hooks=[dict(type="ReportHook")])
        metrics.append(run.val() | run.test())
        assert run.model.backbone.passes == 8
    assert metrics[0] == pytest.approx(metrics[1], rel=1e-5)


def test_a_tile_of_no_rows_is_refused():
    with pytest.raises(ValueError, match="at least 1 row"):
        MODELS.build(ConfigDict(model(type_="TiledEncoderDecoder") | dict(tile=0)))
