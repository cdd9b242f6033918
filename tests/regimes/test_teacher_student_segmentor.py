"""Tests of learning from unlabelled images."""

import pytest
import torch
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from seg_plugins.checkpoints.fitting import load_state_dict
from seg_plugins.loops.batches import seed_step
from seg_plugins.models import load_model
from tests.regimes.semi import semi
from tests.runners.base import build, differences, final_state, killed_at, logged, tiny


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("semi")
    runner = build(semi(root))
    runner.train()
    return root, runner


def built(root, teacher=None, **options):
    init_default_scope("mmseg")
    torch.manual_seed(0)
    cfg = semi(root, teacher, **options)
    model = MODELS.build(cfg.model)
    model.init_weights()
    model.iteration = 100
    return model.train(), cfg


def a_batch(cfg):
    from mmengine.runner import Runner

    loader = Runner.build_dataloader(cfg.train_dataloader, seed=1)
    return next(iter(loader))


def test_images_that_are_validated_on_are_named(finished):
    """All twelve are in the tiny config."""
    said = "".join(path.read_text() for path in (finished[0] / "work").glob("*/*.log"))
    assert said.count("holds 3 of 12 images of the validation") == 1
    assert said.count("holds 9 of 12 images of the validation") == 1


def test_labels_of_unlabelled_images_are_never_opened(tmp_path):
    cfg = semi(tmp_path)
    for number in range(3, 12):
        (tmp_path / "data/labels" / f"{number:02d}.png").unlink()
    cfg.val_dataloader.dataset.indices = 3
    cfg.test_dataloader.dataset.indices = 3
    build(cfg).train()


def test_dying_anywhere_makes_no_difference(finished, tmp_path):
    """In the warm-up, around checkpoints, steps and validations."""
    places = [("after_train_iter", 2), ("before_save_checkpoint", 11), ("after_train_iter", 22)]
    for place, iteration in places:
        assert killed_at(build(semi(tmp_path, resume=True)), place, iteration), place
    build(semi(tmp_path, resume=True)).train()
    assert differences(final_state(finished[0]), final_state(tmp_path)) == []
    assert logged(finished[0]) == logged(tmp_path)


def test_the_teacher_follows_parameters_and_statistics(finished):
    model = finished[1].model
    teacher, student = model.teacher.state_dict(), model.student.state_dict()
    moved = [key for key in teacher if "running_" in key or key.endswith("weight")]
    assert moved and all(not torch.equal(teacher[key], student[key]) for key in moved)
    assert not any(parameter.requires_grad for parameter in model.teacher.parameters())
    assert not model.train().teacher.training and model.student.training


def test_the_warm_up_is_supervised_training(tmp_path):
    model, cfg = built(tmp_path)
    model.iteration = 2
    data = model.data_preprocessor(a_batch(cfg), True)
    seed_step(0, 0)
    losses = model(**data, mode="loss")
    seed_step(0, 0)
    alone = model.student.loss(data["inputs"]["sup"], data["data_samples"]["sup"])
    assert losses.keys() == alone.keys()
    assert all(torch.equal(losses[key], alone[key]) for key in losses)


def test_the_loss_of_unlabelled_images_counts_what_is_not_kept_as_zero(tmp_path):
    """By hand: cross entropy of the kept pixels, divided by all of them; without dropout and mixing."""
    model, cfg = built(tmp_path, dict(threshold=0.502, mix=None, ramp_up=0, unsup_weight=2.0))
    model.student.decode_head.dropout = None
    data = model.data_preprocessor(a_batch(cfg), True)
    with torch.no_grad():
        logits = model.teacher.encode_decode(
            data["inputs"]["unsup_teacher"], [s.metainfo for s in data["data_samples"]["unsup_teacher"]]
        )
        confidence, labels = logits.softmax(1).max(1)
        keep = confidence >= 0.502
        assert 0 < keep.sum() < keep.numel()
        both = torch.cat([data["inputs"]["sup"], data["inputs"]["unsup_student"]])
        scores = model.student.encode_decode(both, [dict(img_shape=(16, 16))] * 4)[2:]
    losses = model(**data, mode="loss")
    by_hand = torch.nn.functional.cross_entropy(scores, labels, reduction="none")[keep].sum() / keep.numel()
    assert torch.allclose(losses["decode.unsup_loss_ce"], 2 * by_hand, rtol=1e-4)
    assert torch.allclose(losses["kept_share"], keep.float().mean())
    assert model.student.decode_head.loss_decode.avg_non_ignore is False


@pytest.mark.parametrize("source", ["labelled", "unlabelled"])
def test_padding_of_images_smaller_than_the_crop_has_no_label(tmp_path, source):
    model, cfg = built(tmp_path, dict(threshold=0.0, mix=dict(type="CutMix", prob=1.0), mix_from=source))
    model.data_preprocessor.data_preprocessor.size = (20, 24)
    data = model.data_preprocessor(a_batch(cfg), True)
    _, samples, kept = model.strong_batch(data["inputs"], data["data_samples"])
    labels = torch.stack([sample.gt_sem_seg.data[0] for sample in samples])
    assert labels.shape == (2, 20, 24) and (labels[:, 16:] == 255).all() and (labels[..., 16:] == 255).all()
    assert source == "labelled" or (kept == 1 and (labels[:, :16, :16] != 255).all())
    assert torch.isfinite(model(**data, mode="loss")["decode.unsup_loss_ce"])


def test_gradient_reaches_the_student_only(tmp_path):
    model, cfg = built(tmp_path)
    losses = model(**model.data_preprocessor(a_batch(cfg), True), mode="loss")
    sum(value for key, value in losses.items() if "loss" in key).backward()
    assert all(parameter.grad is not None for parameter in model.student.parameters())
    assert all(parameter.grad is None for parameter in model.teacher.parameters())


@pytest.mark.parametrize(
    "teacher", [dict(joint=False), dict(mix=dict(type="ClassMix", num_classes=2), mix_from="labelled")]
)
def test_other_settings_train(tmp_path, teacher):
    model, cfg = built(tmp_path, teacher)
    losses = model(**model.data_preprocessor(a_batch(cfg), True), mode="loss")
    assert torch.isfinite(losses["decode.unsup_loss_ce"]) and losses["decode.unsup_loss_ce"] > 0


def test_a_plain_checkpoint_goes_into_both_branches_and_back(tmp_path):
    model, cfg = built(tmp_path)
    plain = MODELS.build(cfg.model.segmentor)
    weights = {
        key: torch.randn_like(v) if v.is_floating_point() else v for key, v in plain.state_dict().items()
    }
    load_state_dict(model, weights, "plain.pth")
    for branch in (model.teacher, model.student):
        assert all(torch.equal(branch.state_dict()[key], value) for key, value in weights.items())
    model.load_state_dict(weights)
    with torch.no_grad():
        for parameter in model.student.parameters():
            parameter.zero_()
    load_state_dict(plain, model.state_dict(), "semi.pth")
    assert all(torch.equal(plain.state_dict()[key], value) for key, value in weights.items())
    load_state_dict(plain, model.state_dict(), "semi.pth", branch="student")
    assert not plain.decode_head.conv_seg.weight.any()


def test_a_run_takes_load_from_of_the_other_kind(finished, tmp_path):
    """Its moving average begins with the same weights."""
    average = dict(type="ExactEMAHook", ema_type="ExponentialMovingAverage", momentum=0.1)
    plain = build(tiny(tmp_path / "plain", custom_hooks=[average]))
    plain.load_checkpoint(str(finished[0] / "work/iter_24.pth"))
    ema = next(hook for hook in plain.hooks if hasattr(hook, "ema_model")).ema_model.module
    for network in (plain.model, ema):
        assert differences(network.state_dict(), finished[1].model.teacher.state_dict()) == []
    torch.save({"state_dict": plain.model.state_dict()}, tmp_path / "plain.pth")
    torch.save(plain.model.state_dict(), tmp_path / "bare.pth")
    for name in ("plain.pth", "bare.pth"):
        regime = build(semi(tmp_path / name.removesuffix(".pth")))
        regime.load_checkpoint(str(tmp_path / name))
        for branch in (regime.model.teacher, regime.model.student):
            assert differences(branch.state_dict(), plain.model.state_dict()) == []


def test_prediction_uses_the_plain_segmentor(finished):
    root, runner = finished
    loaded = load_model(runner.cfg, root / "work/iter_24.pth", device="cpu")
    assert type(loaded.network).__name__ == "EncoderDecoder" and loaded.gives_scores
    image = torch.rand(1, 3, 16, 16)
    metas = [dict(img_shape=(16, 16))]
    expected = runner.model.eval().teacher.encode_decode(image, metas)
    assert torch.equal(loaded.network.encode_decode(image, metas), expected)
    assert torch.equal(runner.model.encode_decode(image, metas), expected)


@pytest.mark.parametrize(
    "teacher, words",
    [
        (dict(tresh=0.9), r"semi_train_cfg has no \['tresh'\]; its keys are"),
        (dict(threshold=1.2), "threshold=1.2"),
        (dict(mix_from="target"), "mix_from='target'"),
    ],
)
def test_wrong_settings_are_refused(tmp_path, teacher, words):
    with pytest.raises(ValueError, match=words):
        built(tmp_path, teacher)


def test_a_config_without_the_hook_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nothing updates the teacher"):
        build(semi(tmp_path, custom_hooks=[])).train()


def test_a_single_unlabelled_image_cannot_be_mixed(tmp_path):
    model, cfg = built(tmp_path, train_dataloader__batch_size=2, train_dataloader__sampler__batch_size=2)
    with pytest.raises(ValueError, match="mixes unlabelled images, and a batch has 1"):
        model(**model.data_preprocessor(a_batch(cfg), True), mode="loss")


def test_crops_of_two_sizes_are_refused(tmp_path):
    model, cfg = built(tmp_path)
    data = model.data_preprocessor(a_batch(cfg), True)
    data["inputs"]["sup"] = data["inputs"]["sup"][..., :12]
    with pytest.raises(ValueError, match="labelled crops are 16x12, unlabelled ones 16x16"):
        model(**data, mode="loss")
