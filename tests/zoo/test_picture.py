from PIL import Image

from seg_plugins.zoo.picture import keep_picture


def test_the_first_overlay_becomes_a_small_jpeg(tmp_path):
    target = tmp_path / "out" / "a.jpg"
    assert not keep_picture(tmp_path, target)
    (tmp_path / "overlays").mkdir()
    Image.new("RGB", (1600, 800), "red").save(tmp_path / "overlays" / "0.png")
    assert keep_picture(tmp_path, target)
    with Image.open(target) as image:
        assert image.size == (480, 240) and image.getpixel((5, 5))[0] > 240
