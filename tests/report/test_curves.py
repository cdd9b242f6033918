import json

from seg_plugins.report.curves import draw_curves, split_series
from seg_plugins.report.scalars import read_scalars


def log(folder, name, records):
    path = folder / name / "vis_data" / "scalars.json"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def test_a_resumed_start_replaces_what_it_repeats(tmp_path):
    log(
        tmp_path,
        "1",
        [{"loss": 9.0, "lr": 1, "step": 1}, {"loss": 8.0, "lr": 1, "step": 2}, {"mIoU": 5.0, "step": 2}],
    )
    log(tmp_path, "2", [{"loss": 7.0, "lr": 1, "step": 2}, {"mIoU": 6.0, "IoU.car": 1.0, "step": 2}])
    training, validation = split_series(read_scalars(tmp_path))
    assert training["loss"] == {1: 9.0, 2: 7.0}
    assert validation == {"mIoU": {2: 6.0}, "IoU.car": {2: 1.0}}


def test_means_are_drawn_and_single_classes_are_not():
    upper, lower, _ = draw_curves(
        {"loss": {1: 2.0}, "lr": {1: 0.1}}, {"mIoU": {1: 5.0}, "IoU.car": {1: 1.0}}
    ).axes
    assert [line.get_label() for line in lower.lines] == ["mIoU"]
    assert upper.lines[0].get_xydata().tolist() == [[1.0, 2.0]]


def test_negative_losses_and_a_rising_validation_loss_are_within_the_limits():
    training, validation = {"loss": {1: 0.5, 9: -2.0}}, {"val/loss": {1: 1.0, 9: 40.0}}
    for extra in ({}, {"lr": {1: 0.1, 9: 0.0}}):
        upper = draw_curves(training | extra, validation).axes[0]
        low, high = upper.get_ylim()
        assert low <= -2 and high >= 40
    assert draw_curves({"loss": {1: 2.0, 9: 1.0}}, validation).axes[0].get_ylim()[0] == 0


def test_single_values_are_visible_points():
    upper = draw_curves({"loss": {1: 2.0}, "lr": {1: 0.1}}, {}).axes[0]
    assert upper.lines[0].get_marker() == "."
    upper, lower = draw_curves({}, {"val/loss": {5: 1.0}, "mIoU": {5: 50.0}}).axes
    assert upper.lines[0].get_marker() == lower.lines[0].get_marker() == "o"
