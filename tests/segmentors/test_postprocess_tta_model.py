import weakref

import pytest
import torch
from mmseg.models import EncoderDecoder, SegTTAModel
from mmseg.structures import SegDataSample

from seg_plugins.postprocess.prediction import PostprocessStep
from seg_plugins.segmentors import PostprocessEncoderDecoder, PostprocessTTAModel, TiledEncoderDecoder
from tests.segmentors.small_model import small_model

SIZE = (16, 24)
IMAGE = torch.randint(0, 256, (3, *SIZE), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


class Spy(PostprocessStep):
    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, prediction):
        self.seen.append(prediction)
        return prediction.with_labels(prediction.labels * 0 + 2)


def views(scales=(2, 1), flips=(True, False)):
    """A batch of one image at every scale, mirrored and not, as the loader gives it."""
    inputs, samples = [], []
    for scale in scales:
        for flip in flips:
            image = IMAGE.repeat_interleave(scale, 1).repeat_interleave(scale, 2)
            shape = tuple(image.shape[1:])
            inputs.append([image.flip(2) if flip else image])
            meta = dict(
                ori_shape=SIZE, img_shape=shape, pad_shape=shape, padding_size=[0] * 4, flip=flip,
                flip_direction="horizontal" if flip else None, img_path="x.png",
            )  # fmt: skip
            samples.append([SegDataSample(metainfo=meta)])
    return dict(inputs=inputs, data_samples=samples)


def test_labels_without_steps_are_upstreams():
    model = small_model(EncoderDecoder)
    with torch.no_grad():
        theirs = SegTTAModel(model).test_step(views())[0]
    ours = PostprocessTTAModel(model).test_step(views())[0]
    assert torch.equal(ours.pred_sem_seg.data[0], theirs.pred_sem_seg.data.reshape(SIZE))
    assert ours.pred_sem_seg.data.unique().numel() > 1


def test_scores_are_those_of_the_mean_probability():
    model = small_model(EncoderDecoder)
    alone = [
        model.test_step(dict(inputs=i, data_samples=s))[0].seg_logits.data.softmax(0)
        for i, s in zip(*views().values(), strict=True)
    ]
    merged = PostprocessTTAModel(model).test_step(views())[0]
    assert torch.allclose(merged.seg_logits.data.softmax(0), torch.stack(alone).mean(0), atol=1e-5)


def test_steps_run_once_on_the_merged_scores_and_keep_their_labels():
    model, spy = small_model(PostprocessEncoderDecoder, []), Spy()
    merged = PostprocessTTAModel(small_model(EncoderDecoder)).test_step(views())[0]
    model.postprocess.append(spy)
    sample = PostprocessTTAModel(model).test_step(views())[0]
    assert (sample.pred_sem_seg.data == 2).all() and sample.pred_sem_seg.data.shape == (1, *SIZE)
    assert len(spy.seen) == 1
    assert torch.equal(spy.seen[0].logits[0], merged.seg_logits.data)
    assert torch.allclose(
        spy.seen[0].image[0], IMAGE.flip(0).float(), atol=1e-2
    )  # neither mirrored nor scaled


def test_one_channel_heads_are_not_all_foreground():
    model = small_model(EncoderDecoder, num_classes=2, out_channels=1, threshold=0.5)
    with torch.no_grad():
        alone = model.test_step(dict(inputs=[IMAGE], data_samples=views((1,), (False,))["data_samples"][0]))[
            0
        ]
    merged = PostprocessTTAModel(model).test_step(views((1,), (False,)))[0]
    assert torch.equal(merged.pred_sem_seg.data, alone.pred_sem_seg.data.long())
    assert torch.equal(merged.seg_logits.data, alone.seg_logits.data) and merged.pred_sem_seg.data.min() == 0


class Counting(EncoderDecoder):
    """Notes how many score maps are alive when a view is about to be predicted."""

    def predict(self, inputs, data_samples=None):
        self.alive.append(sum(scores() is not None for scores in self.scores))
        samples = super().predict(inputs, data_samples)
        self.scores += [weakref.ref(sample.seg_logits.data) for sample in samples]
        return samples


def test_views_are_added_up_one_at_a_time():
    """Between two views only the sum is left: 150 classes at 1024 x 2048 are 1.3 GB a view."""
    model = small_model(Counting, num_classes=5)
    model.alive, model.scores = [], []
    PostprocessTTAModel(model).test_step(views(scales=(1, 2, 3)))
    assert model.alive == [0, 1, 1, 1, 1, 1]


def test_a_segmentor_without_scores_is_an_error():
    with pytest.raises(ValueError, match="no seg_logits to merge"):
        PostprocessTTAModel(small_model(TiledEncoderDecoder)).test_step(views())
