import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

pytest.importorskip("skimage", reason="needs the extra classical")


def build(**change):
    config = dict(
        type="ClassicalSegmentor",
        num_classes=3,
        regions=dict(type="SlicRegions", segments=40),
        data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    )
    return MODELS.build(config | change)


def scene(seed, size=(48, 64)):
    """Sky over grass with a red box; labels 0, 1, 2; a strip of ignored pixels."""
    rng = np.random.default_rng(seed)
    h, w = size
    labels = np.zeros(size, np.int64)
    labels[rng.integers(h // 3, h // 2) :] = 1
    y, x = rng.integers(h // 2, h - 14), rng.integers(0, w - 16)
    labels[y : y + 12, x : x + 14] = 2
    colours = np.array([[230, 160, 120], [40, 140, 60], [30, 30, 200]])  # BGR
    image = np.clip(colours[labels] + rng.normal(0, 12, (*size, 3)), 0, 255).astype(np.uint8)
    shown = labels.copy()
    shown[:, :2] = 255
    sample = SegDataSample(metainfo=dict(ori_shape=size, img_shape=size))
    sample.gt_sem_seg = PixelData(data=torch.from_numpy(shown)[None])
    return dict(inputs=[torch.from_numpy(image).permute(2, 0, 1)], data_samples=[sample]), labels


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_it_learns_scenes_in_one_pass(scale):
    model = build(scale=scale)
    for seed in range(12):
        model.fit_step(scene(seed)[0])
    model.fit_end()
    right = []
    for seed in range(100, 104):
        data, labels = scene(seed)
        out = model.test_step(data)[0]
        assert out.pred_sem_seg.data.shape == (1, 48, 64) and out.seg_logits.data.shape == (3, 48, 64)
        assert torch.allclose(out.seg_logits.data.exp().sum(0), torch.ones(48, 64), atol=1e-4)
        right.append((out.pred_sem_seg.data[0].numpy() == labels).mean())
    assert np.mean(right) > 0.8


def test_a_fitted_state_loads_and_post_processing_follows():
    model = build()
    for seed in range(8):
        model.fit_step(scene(seed)[0])
    loaded = build(postprocess=[dict(type="MaxFlowCut"), dict(type="Morphology", operation="remove_small")])
    loaded.load_state_dict(model.state_dict(), strict=True)
    data, labels = scene(50)
    assert (loaded.test_step(data)[0].pred_sem_seg.data[0].numpy() == labels).mean() > 0.8


def test_predictions_have_the_size_of_the_original_image():
    model = build()
    data, _ = scene(0)
    model.fit_step(data)
    data, _ = scene(1)
    data["data_samples"][0].set_metainfo(dict(ori_shape=(96, 128), flip=True, flip_direction="horizontal"))
    flipped = model.test_step(data)[0].pred_sem_seg.data
    assert flipped.shape == (1, 96, 128)
    data, _ = scene(1)
    assert torch.equal(flipped[0, ::2, ::2].flip(1), model.test_step(data)[0].pred_sem_seg.data[0])


def test_what_cannot_be_is_said():
    data, _ = scene(0)
    with pytest.raises(ValueError, match=r"tools/train\.py"):
        build().test_step(data)
    with pytest.raises(ValueError, match="FitLoop"):
        build().loss(torch.zeros(1, 3, 8, 8), [])
    with pytest.raises(ValueError, match="scale=2"):
        build(scale=2)


def test_augmentation_at_test_time_merges_views():
    model = build(postprocess=[dict(type="Morphology", operation="remove_small")])
    for seed in range(8):
        model.fit_step(scene(seed)[0])
    views, labels = [], None
    for flip in (False, True):
        data, labels = scene(50)
        data["inputs"] = [data["inputs"][0].flip(2) if flip else data["inputs"][0]]
        data["data_samples"][0].set_metainfo(dict(flip=flip, flip_direction="horizontal"))
        views.append(data)
    both = {key: [view[key] for view in views] for key in views[0]}
    out = MODELS.build(dict(type="PostprocessTTAModel", module=model)).test_step(both)[0]
    assert (out.pred_sem_seg.data[0].numpy() == labels).mean() > 0.8


def test_ids_beyond_a_byte_are_of_no_class():
    """256 is not class 0."""
    model = build()
    data, _ = scene(0)
    truth = data["data_samples"][0].gt_sem_seg
    truth.data = torch.full_like(truth.data, 256, dtype=torch.int64)
    model.fit_step(data)
    assert model.classifier.weight.sum() == 0
