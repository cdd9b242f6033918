import pytest
import torch

from seg_plugins.losses import MaskSetLoss
from seg_plugins.ops.mask_queries import MaskPrediction, class_masks


def made(seed=0, queries=6, classes=3, size=(16, 24), ignored=False):
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(0, classes, (2, *(side // 4 for side in size)), generator=generator)
    label = label.repeat_interleave(4, 1).repeat_interleave(4, 2)
    if ignored:
        label[:, :, -8:] = 255
    prediction = MaskPrediction(
        torch.randn(2, queries, classes + 1, generator=generator),
        4 * torch.randn(2, queries, size[0] // 2, size[1] // 2, generator=generator),
    )
    return prediction, [class_masks(x, classes) for x in label], label


def perfect(label, classes=3, queries=6):
    """Query 2 k is sure of class k and of its pixels; the others are sure that they are no object."""
    logits = torch.full((len(label), queries, classes + 1), -20.0)
    masks = torch.full((len(label), queries, *label.shape[1:]), -20.0)
    for q in range(queries):
        k = q // 2 if q % 2 == 0 else classes
        logits[:, q, k] = 20.0
        if k < classes:
            masks[:, q][label == k] = 20.0
    return MaskPrediction(logits, masks)


def test_a_perfect_prediction_costs_nothing_and_is_matched_to_its_classes():
    _, targets, label = made()
    loss = MaskSetLoss(num_points=400, uncertain=0.0)  # few points between pixels of two classes
    prediction = perfect(label)
    for target, (queries, segments) in zip(targets, loss.match(*prediction[:2], targets), strict=True):
        assert torch.equal(queries // 2, target.labels[segments])
    values = loss(prediction, targets)
    assert values["loss_cls"] < 1e-4
    wrong = loss(MaskPrediction(prediction.classes, -prediction.masks), targets)
    assert 5 * values["loss_mask"] < wrong["loss_mask"] and 3 * values["loss_dice"] < wrong["loss_dice"]


def test_the_class_loss_by_hand():
    """One query takes the segment; the other one, of weight 0.1, learns that it is no object."""
    _, _, label = made()
    targets = [class_masks(torch.zeros_like(label[0]), 1)]
    masks = torch.stack([torch.full((16, 24), 9.0), torch.full((16, 24), -9.0)])[None]
    classes = torch.tensor([[[0.0, 1.0], [2.0, 0.0]]])
    value = MaskSetLoss(num_points=100, class_loss_weight=1.0)(MaskPrediction(classes, masks), targets)
    own, other = -classes[0, 0].log_softmax(0)[0], -classes[0, 1].log_softmax(0)[1]
    torch.testing.assert_close(value["loss_cls"], (own + 0.1 * other) / 1.1)


def test_pixels_without_a_label_do_not_count():
    prediction, targets, _ = made(ignored=True)
    other = prediction.masks.clone()
    other[..., -3:] = 50.0  # 8 pixels are 4 cells; the first of them is interpolated with a labelled one
    loss = MaskSetLoss(num_points=300, uncertain=0.0).eval()
    first, second = loss(prediction, targets), loss(prediction._replace(masks=other), targets)
    for name, value in first.items():
        torch.testing.assert_close(second[name], value)


def test_images_without_labels_leave_the_gradient_defined():
    prediction, targets, label = made()
    nothing = [class_masks(torch.full_like(label[0], 255), 3) for _ in targets]
    masks = prediction.masks.requires_grad_()
    values = MaskSetLoss(num_points=50)(MaskPrediction(prediction.classes, masks), nothing)
    assert values["loss_mask"] == values["loss_dice"] == 0 and values["loss_cls"] > 0
    sum(values.values()).backward()
    assert torch.equal(masks.grad, torch.zeros_like(masks))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_gives_float32_losses(dtype):
    prediction, targets, _ = made()
    half = MaskPrediction(prediction.classes.to(dtype), (1000 * prediction.masks).to(dtype))
    with torch.autocast("cpu", torch.bfloat16):
        values = MaskSetLoss(num_points=50)(half, targets)
    assert all(v.dtype == torch.float32 and torch.isfinite(v) for v in values.values())


def test_a_prediction_of_nan_is_matched_and_its_loss_is_nan():
    """The guard of the run sees it; the assignment itself does not fail."""
    prediction, targets, _ = made()
    prediction.masks[0, :3] = float("nan")
    values = MaskSetLoss(num_points=50)(prediction, targets)
    assert torch.isfinite(values["loss_cls"])
    prediction.masks[:] = float("nan")
    assert torch.isnan(MaskSetLoss(num_points=50)(prediction, targets)["loss_mask"])


def test_evaluation_repeats_its_points_and_leaves_the_global_generator_alone():
    prediction, targets, _ = made()
    loss = MaskSetLoss(num_points=50).eval()
    state = torch.get_rng_state()
    first, second = loss(prediction, targets), loss(prediction, targets)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(first[k], second[k]) for k in first)
    loss.train()
    assert loss(prediction, targets)["loss_mask"] != loss(prediction, targets)["loss_mask"]


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"uncertain=1.5"):
        MaskSetLoss(uncertain=1.5)


@pytest.mark.slow
def test_it_is_the_loss_of_transformers():
    """Same points, from the same state of the generator, image by image."""
    eomt = pytest.importorskip("transformers.models.eomt.modeling_eomt")
    config = pytest.importorskip("transformers").EomtConfig(num_labels=3, train_num_points=80)
    weights = dict(loss_cross_entropy=2.0, loss_mask=5.0, loss_dice=5.0)
    theirs = eomt.EomtLoss(config, weights)
    prediction, targets, _ = made()
    for row in range(2):
        one = MaskPrediction(prediction.classes[row : row + 1], prediction.masks[row : row + 1])
        target = targets[row]
        torch.manual_seed(row)
        expected = theirs(one.masks, one.classes, [target.masks.float()], [target.labels])
        torch.manual_seed(row)
        found = MaskSetLoss(num_points=80)(one, [target])
        for name, weight in (("cross_entropy", 2.0), ("mask", 5.0), ("dice", 5.0)):
            mine = found["loss_cls" if name == "cross_entropy" else f"loss_{name}"]
            torch.testing.assert_close(mine, weight * expected[f"loss_{name}"], rtol=1e-5, atol=1e-6)
