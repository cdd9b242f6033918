import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.apis import inference_model, init_model
from mmseg.structures import SegDataSample
from PIL import Image

from seg_plugins.inference import SegPredictor
from seg_plugins.postprocess.prediction import PostprocessStep
from tests.commands.base import draw_disc


@pytest.fixture
def disc():
    return draw_disc(np.random.default_rng(7), (70, 90))


def test_labels_equal_upstreams_whole_inference(trained, predictor, disc):
    theirs = inference_model(init_model(str(trained[0]), str(trained[1]), "cpu"), disc[0][..., ::-1].copy())
    result = predictor(disc[0])
    assert (result.labels == theirs.pred_sem_seg.data[0].numpy()).all()
    probability = theirs.seg_logits.data.softmax(0).max(0).values.numpy()
    assert np.allclose(result.confidence, probability, atol=1e-5)
    assert (result.labels == disc[1]).mean() > 0.8  # the model is a trained one


def test_labels_equal_upstreams_slide_inference(trained, disc):
    cfg = Config.fromfile(trained[0])
    cfg.model.test_cfg = dict(mode="slide", crop_size=(32, 32), stride=(21, 21))
    theirs = inference_model(init_model(cfg.copy(), str(trained[1]), "cpu"), disc[0][..., ::-1].copy())
    ours = SegPredictor(cfg, trained[1], device="cpu")(disc[0])
    assert (ours.labels == theirs.pred_sem_seg.data[0].numpy()).all()


@pytest.mark.parametrize(
    "steps",
    [
        [dict(type="CLAHE", clip_limit=9.0)],
        [dict(type="CLAHE", clip_limit=9.0), dict(type="Resize", scale=(45, 35), keep_ratio=True)],
    ],
    ids=len,
)
def test_labels_equal_upstreams_whatever_the_test_pipeline_does(trained, predictor, disc, steps):
    cfg = Config.fromfile(trained[0])
    cfg.test_dataloader.dataset.pipeline[1:1] = steps
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline  # which upstream's function reads
    dim = (disc[0] // 3 + 40).astype(np.uint8)
    theirs = inference_model(init_model(cfg.copy(), str(trained[1]), "cpu"), dim[..., ::-1].copy())
    ours = SegPredictor(cfg, trained[1], device="cpu")(dim)
    assert (ours.labels == theirs.pred_sem_seg.data[0].numpy()).all() and (ours.image == dim).all()
    assert (ours.labels != predictor(dim).labels).any()


@pytest.mark.parametrize("kind", ["classical", "mask_rcnn_tiny"])
def test_labels_equal_upstreams_for_models_of_another_kind_too(trained, disc, kind, tmp_path):
    cfg = Config.fromfile(trained[0])
    cfg.test_dataloader.dataset.pipeline.insert(1, dict(type="Resize", scale=(45, 35), keep_ratio=True))
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.model = dict(
        type="ClassicalSegmentor", num_classes=2, prior_weight=0.0,
        regions=dict(type="SlicRegions", segments=40),
        data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    )  # fmt: skip
    if kind != "classical":
        cfg.model = Config.fromfile(f"configs/_base_/models/{kind}.py").model
        cfg.model.thing_ids = [1]
        cfg.model.decode_head.num_classes = 2
    torch.manual_seed(0)
    theirs = init_model(cfg.copy(), None, "cpu")
    if kind == "classical":
        for image, labels in (disc, draw_disc(np.random.default_rng(8), (70, 90))):
            sample = SegDataSample(gt_sem_seg=PixelData(data=torch.from_numpy(labels)[None].long()))
            pixels = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)
            theirs.fit_step(dict(inputs=[pixels], data_samples=[sample]))
    torch.save({"state_dict": theirs.state_dict()}, tmp_path / "weights.pth")
    ours = SegPredictor(cfg, tmp_path / "weights.pth", device="cpu")
    wanted = inference_model(theirs, disc[0][..., ::-1].copy()).pred_sem_seg.data[0].numpy()
    assert (ours(disc[0]).labels == wanted).all()
    if kind == "classical":
        views = SegPredictor(cfg, tmp_path / "weights.pth", device="cpu", tta=True)(disc[0])
        assert (views.labels == wanted).mean() > 0.6 and 0 < views.uncertainty.max() < 1
    assert kind == "mask_rcnn_tiny" or len(np.unique(wanted)) == 2


def test_every_kind_of_input_gives_the_same(predictor, disc, tmp_path):
    Image.fromarray(disc[0]).save(tmp_path / "disc.png")
    wanted = predictor(disc[0]).labels
    tensor = torch.from_numpy(disc[0]).permute(2, 0, 1)
    for image in (tmp_path / "disc.png", str(tmp_path / "disc.png"), Image.fromarray(disc[0]), tensor):
        assert (predictor(image).labels == wanted).all()
    for batch in ([disc[0], tensor], np.stack([disc[0]] * 2), torch.stack([tensor] * 2)):
        results = predictor(batch)
        assert len(results) == 2 and all((r.labels == wanted).all() for r in results)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (33, 31)])
def test_any_size_works(predictor, size):
    result = predictor(np.zeros((*size, 3), np.uint8))
    assert result.labels.shape == result.confidence.shape == result.uncertainty.shape == size
    assert 0 <= result.uncertainty.min() <= result.uncertainty.max() <= 1


@pytest.mark.parametrize("size", [(1, 500), (500, 1)])
def test_thin_images_keep_a_pixel_where_the_test_pipeline_would_leave_none(trained, size):
    cfg = Config.fromfile(trained[0])
    cfg.test_dataloader.dataset.pipeline.insert(1, dict(type="Resize", scale=(64, 48), keep_ratio=True))
    assert SegPredictor(cfg, trained[1], device="cpu")(np.zeros((*size, 3), np.uint8)).labels.shape == size


def test_tta_gives_a_variance(trained, predictor, disc):
    result = SegPredictor(*trained, device="cpu", tta=True)(disc[0])
    assert (result.labels == predictor(disc[0]).labels).mean() > 0.8
    assert 0 < result.uncertainty.max() < 1


def test_names_of_classes_come_from_the_checkpoint(predictor, trained):
    assert predictor.classes == ("ground", "disc")
    assert SegPredictor(trained[0]).classes == ("class 0", "class 1")


@pytest.fixture
def stepped(trained):
    """Config and checkpoint of the model with a step on its labels alone."""
    cfg = Config.fromfile(trained[0])
    cfg.model.update(
        type="PostprocessEncoderDecoder", postprocess=[dict(type="Morphology", operation="open", size=5)]
    )
    return cfg, trained[1]


@pytest.mark.parametrize(
    "options", [{}, {"tta": True}, {"window": (48, 48)}], ids=["whole", "tta", "windows"]
)
def test_steps_on_labels_run_whatever_the_way_to_the_scores(stepped, trained, disc, options):
    predictor, plain = (SegPredictor(*x, device="cpu", **options) for x in (stepped, trained))
    seen = []

    class Relabel(PostprocessStep):
        def forward(self, prediction):
            seen.append(prediction)
            return prediction.with_labels(1 - prediction.labels)

    predictor.model.postprocess = torch.nn.ModuleList([Relabel()])
    result, before = predictor(disc[0]), plain(disc[0])
    assert (result.labels == 1 - before.labels).all() and len(np.unique(result.labels)) == 2
    assert np.allclose(result.confidence, 1 - before.confidence, atol=1e-5)
    assert np.allclose(result.uncertainty, before.uncertainty, atol=1e-5)
    assert np.abs(seen[0].image[0].permute(1, 2, 0).numpy() - disc[0]).max() < 1e-3


def test_steps_give_the_labels_of_the_models_own_predict(stepped, disc):
    predictor = SegPredictor(*stepped, device="cpu")
    theirs = inference_model(init_model(stepped[0].copy(), str(stepped[1]), "cpu"), disc[0][..., ::-1].copy())
    assert len(predictor.steps) == 1
    assert (predictor(disc[0]).labels == theirs.pred_sem_seg.data[0].numpy()).all()


@pytest.mark.parametrize("threshold", [0.3, 0.7])
def test_one_channel_heads_keep_their_threshold(trained, disc, threshold):
    cfg = Config.fromfile(trained[0])
    cfg.model.decode_head.update(out_channels=1, threshold=threshold)
    torch.manual_seed(0)
    predictor = SegPredictor(cfg, device="cpu")
    data = {"inputs": [torch.from_numpy(disc[0][..., ::-1].copy()).permute(2, 0, 1)]}
    with torch.no_grad():
        middle = predictor.model.test_step(data)[0].seg_logits.data.median().logit()
        wanted = torch.tensor((threshold + 0.5) / 2).logit()
        predictor.model.decode_head.conv_seg.bias += wanted - middle  # half of the pixels on either side
        theirs = predictor.model.test_step(data)[0]
    found = predictor(disc[0]).labels
    assert (found == theirs.pred_sem_seg.data[0].numpy()).all()
    assert (found != (theirs.seg_logits.data[0] > 0.5).numpy()).any()


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(stride=(8, 8)), "without a window"),
        (dict(device="nonsense"), "nonsense"),
        (dict(device="cuda:99"), "cuda:99"),
        (dict(window=(8, 8), batch=0), "at least 1"),
        (dict(batch=0), "batch 0: must be at least 1"),
        (dict(dropout_samples=-1), "below 0"),
    ],
)
def test_what_cannot_be_is_said(trained, options, message):
    with pytest.raises(ValueError, match=message):
        SegPredictor(*trained, **{"device": "cpu", **options})


class Payload:
    def __reduce__(self):
        return (eval, ("3",))


def test_a_checkpoint_that_asks_for_code_is_read_only_where_the_config_trusts_it(trained, tmp_path, disc):
    config, checkpoint = Config.fromfile(trained[0]), tmp_path / "code.pth"
    torch.save(torch.load(trained[1], weights_only=False) | {"message_hub": Payload()}, checkpoint)
    with pytest.raises(ValueError, match=r"code\.pth asks for code: .*trust_checkpoint=True"):
        SegPredictor(config, checkpoint, device="cpu")
    config.trust_checkpoint = True
    assert SegPredictor(config, checkpoint, device="cpu")(disc[0]).labels.shape == (70, 90)
