import pytest
import torch
from mmengine.structures import PixelData
from mmseg.models import SegDataPreProcessor
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from seg_plugins.postprocess.prediction import PostprocessStep
from seg_plugins.segmentors.postprocess_mixin import PostprocessMixin, original_image
from tests.segmentors.small_model import NORM, batch, small_model


class Mixed(PostprocessMixin, EncoderDecoder):
    pass


class Spy(PostprocessStep):
    def forward(self, prediction):
        self.seen = prediction
        return prediction.with_labels(prediction.labels * 0 + 2)


def test_without_steps_it_is_the_segmentor():
    plain, mixed = small_model(EncoderDecoder), small_model(Mixed, [])
    assert plain.state_dict().keys() == mixed.state_dict().keys()
    with torch.no_grad():
        want, got = plain.test_step(batch()), mixed.test_step(batch())
    assert all(torch.equal(a.seg_logits.data, b.seg_logits.data) for a, b in zip(want, got, strict=True))


def test_steps_see_the_image_the_scores_and_set_the_labels():
    model, data = small_model(Mixed, []), batch()
    spy = Spy()
    model.postprocess.append(spy)
    out = model.test_step(batch())
    assert spy.seen.image.shape == (2, 3, 16, 24) and spy.seen.logits.shape == (2, 3, 16, 24)
    for image, seen in zip(data["inputs"], spy.seen.image, strict=True):
        assert torch.allclose(seen, image.flip(0).float(), atol=1e-2)  # RGB, as the network sees it
    assert all((s.pred_sem_seg.data == 2).all() and s.pred_sem_seg.data.shape == (1, 16, 24) for s in out)
    assert torch.equal(spy.seen.labels, spy.seen.logits.argmax(1))


def test_one_channel_heads_become_two_classes():
    model = small_model(Mixed, [], num_classes=2, out_channels=1, threshold=0.5)
    spy = Spy()
    model.postprocess.append(spy)
    with torch.no_grad():
        plain = small_model(EncoderDecoder, num_classes=2, out_channels=1, threshold=0.5).test_step(batch())
    model.test_step(batch())
    assert torch.allclose(
        spy.seen.logits.softmax(1)[:, 1], torch.cat([s.seg_logits.data for s in plain]), atol=1e-5
    )
    assert torch.equal(spy.seen.labels, spy.seen.logits.argmax(1))


def test_without_samples_the_input_size_counts():
    model = small_model(Mixed, [dict(type="DenseCRF", iterations=1)])
    out = model.predict(torch.rand(2, 3, 12, 16))
    assert len(out) == 2 and out[0].pred_sem_seg.data.shape == (1, 12, 16)


def test_the_original_image_is_recovered_from_padding_flip_and_normalisation():
    pre = SegDataPreProcessor(**NORM, size=(20, 30), seg_pad_val=255)
    image = torch.randint(0, 256, (3, 16, 24), dtype=torch.uint8)
    sample = SegDataSample(
        metainfo=dict(ori_shape=(16, 24), img_shape=(16, 24), flip=True, flip_direction="horizontal")
    )
    sample.gt_sem_seg = PixelData(data=torch.zeros(1, 16, 24))
    done = pre(dict(inputs=[image.flip(2)], data_samples=[sample]), training=True)
    assert done["inputs"].shape == (1, 3, 20, 30)
    got = original_image(done["inputs"][0], done["data_samples"][0], pre)
    assert torch.allclose(got, image.flip(0).float(), atol=1e-2)


def test_steps_are_built_from_the_config():
    model = small_model(Mixed, [dict(type="DenseCRF", filter="exact"), dict(type="DenseCRF")])
    assert [type(s) for s in model.postprocess] == [MODELS.get("DenseCRF")] * 2


def test_scores_that_are_nan_are_refused_by_the_image():
    model, data = small_model(Mixed, []), batch()
    model.postprocess.append(Spy())
    data["data_samples"][1].set_metainfo(dict(img_path="photos/b.png"))
    with torch.no_grad():
        model.decode_head.conv_seg.bias[0] = torch.nan
        with pytest.raises(ValueError, match=r"model's scores are not finite.*damaged"):
            model.test_step(data)
    sample = SegDataSample(metainfo=dict(img_path="photos/b.png"))
    sample.seg_logits = PixelData(data=torch.full((3, 4, 4), torch.nan))
    sample.pred_sem_seg = PixelData(data=torch.zeros(1, 4, 4, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"photos/b\.png: the model's scores are not finite"):
        model.run_postprocess(torch.zeros(1, 3, 4, 4), [sample])
