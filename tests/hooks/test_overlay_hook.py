import numpy as np
import torch

from seg_plugins.hooks.overlay_hook import OverlayRow, draw_panels, shown_image


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
