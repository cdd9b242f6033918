import numpy as np

from seg_plugins.converters.class_masks import merge_class_masks
from seg_plugins.converters.faults import DAMAGED, NO_MASK, OTHER_SIZE
from seg_plugins.transforms.load_seg_annotations import decode_label
from tests.converters.base import write_image, write_mask

FULL = np.full((20, 20), 255, np.uint8)


def test_all_faults_come_at_once_and_whole_images_are_kept(tmp_path):
    names = [f"{i}.jpg" for i in range(4)]
    for i, name in enumerate(names):
        write_image(tmp_path / "i" / name, (20, 20, 3), i)
    write_mask(tmp_path / "m/car/0.PNG", FULL)
    write_mask(tmp_path / "m/car/1.png", FULL[:10, :10])
    write_mask(tmp_path / "m/car/2.png", FULL)
    (tmp_path / "m/car/2.png").write_bytes((tmp_path / "m/car/2.png").read_bytes()[:40])
    _, kept, faults = merge_class_masks(tmp_path / "i", tmp_path / "m", names, tmp_path / "out")
    assert kept == ["0.jpg"] and [fault.kind for fault in faults] == [OTHER_SIZE, DAMAGED, NO_MASK]
    classes, kept, faults = merge_class_masks(
        tmp_path / "i", tmp_path / "m", names[:2], tmp_path / "out", resize=True
    )
    assert classes == ["background", "car"] and kept == names[:2] and faults == []
    label = decode_label((tmp_path / "out/labels/1.png").read_bytes(), "1")
    assert label.shape == (20, 20) and (label == 1).all()
