from itertools import pairwise

import numpy as np
import torch

from seg_plugins.hooks.overlay_hook import OverlayRow, draw_panels, pictures_of, shown_image


def test_channels_are_put_in_order_and_size():
    inputs = torch.zeros(3, 4, 6, dtype=torch.uint8)
    inputs[0] = 200  # blue
    image = shown_image(inputs, (8, 12), bgr=True)
    assert image.shape == (8, 12, 3) and (image[..., 2] == 200).all() and not image[..., :2].any()
    assert shown_image(inputs[:1], (4, 6), bgr=True).min() == 200


def test_sixteen_bit_inputs_are_scaled():
    inputs = torch.tensor([[[1000, 4000]]], dtype=torch.int32)
    for deep in (inputs, inputs.float(), inputs.expand(7, -1, -1)):
        assert shown_image(deep, (1, 2), bgr=False).tolist() == [[[0] * 3, [255] * 3]]


def test_legend_names_the_classes_that_occur():
    panel = OverlayRow(np.zeros((4, 6, 3), np.uint8), None, np.full((4, 6), 2, np.uint8), "a.png")
    figure = draw_panels([panel], ("sky", "road", "car"), None, 0.5)
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["car"]


def test_names_are_no_formulas():
    panel = OverlayRow(np.zeros((4, 6, 3), np.uint8), None, np.zeros((4, 6), np.uint8), "$\\frac$.png")
    draw_panels([panel], ("$\\frac$",), None, 0.5).canvas.draw()


def row(height, width, truth=True):
    labels = np.indices((height, width))[1].astype(np.uint8) % 3
    return OverlayRow(np.zeros((height, width, 3), np.uint8), labels if truth else None, labels, "a.png")


def test_rows_of_any_shape_stand_close_to_each_other():
    """In inches: nothing but the line with the name between two rows, nothing but a narrow gap beside."""
    figure = draw_panels([row(30, 60), row(60, 40), row(20, 80)], ("background", "b", "c"), None, 0.5)
    width, height = figure.get_size_inches()
    places = [axes.get_position() for axes in figure.axes]
    assert len(places) == 3 * 4
    for upper, lower in zip(places[:-4:4], places[4::4], strict=True):
        assert (upper.y0 - lower.y1) * height <= 0.45
    for left, right in pairwise(places[:4]):
        assert 0 < (right.x0 - left.x1) * width < 0.1
    assert min(p.y0 for p in places) > 0 and max(p.y1 for p in places) * height < height - 0.4
    ratios = [p.height * height / (p.width * width) for p in places[::4]]
    np.testing.assert_allclose(ratios, [0.5, 1.5, 0.25])


def test_errors_are_red_and_background_is_as_it_was():
    one = row(4, 6)
    one.prediction = one.prediction.copy()
    one.prediction[0, 1] = 2
    drawn = pictures_of(one, None, ("background", "b", "c"), 0.5)
    assert list(drawn) == ["image", "truth", "prediction", "errors (red)"]
    assert (drawn["errors (red)"] == (214, 39, 40)).all(axis=2).nonzero() == (np.array([0]), np.array([1]))
    assert not drawn["truth"][:, 0].any() and drawn["truth"][:, 1].any()


def test_without_truth_there_are_no_errors():
    figure = draw_panels([row(4, 6, truth=False)], ("a", "b", "c"), None, 0.5)
    assert len(figure.axes) == 2 and "errors (red)" not in [text.get_text() for text in figure.texts]


def test_a_long_legend_has_room():
    names = tuple(f"a class with a long name {i}" for i in range(40))
    one = row(40, 60)
    one.prediction = (np.arange(2400).reshape(40, 60) % 40).astype(np.uint8)
    figure = draw_panels([one], names, None, 0.5)
    figure.canvas.draw()
    box = figure.legends[0].get_window_extent().transformed(figure.transFigure.inverted())
    assert box.y1 <= figure.axes[0].get_position().y0 and box.x0 >= 0 and box.x1 <= 1
