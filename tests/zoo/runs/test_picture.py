from PIL import Image

from seg_plugins.zoo.runs.picture import keep_picture


def test_the_first_overlay_becomes_a_small_jpeg(tmp_path):
    target = tmp_path / "out" / "a.jpg"
    assert not keep_picture(tmp_path, target)
    Image.new("RGB", (1600, 800), "red").save(tmp_path / "overlays.png")
    assert keep_picture(tmp_path, target)
    with Image.open(target) as image:
        assert image.size == (640, 320) and image.getpixel((5, 5))[0] > 240
