import mmengine
import pytest
from mmseg.models.losses import CrossEntropyLoss

from seg_plugins.config.reading import read_config
from seg_plugins.files.safe_files import safe_files
from tests.losses.test_class_weights import Payload


def test_yaml_makes_no_objects(tmp_path):
    mark = tmp_path / "mark"
    (tmp_path / "model.yml").write_text("model: {type: UNet, widths: [1, 2]}")
    (tmp_path / "bad.yaml").write_text(f"a: !!python/object/apply:subprocess.check_call [[touch, {mark}]]")
    assert read_config(tmp_path / "model.yml").model.widths == [1, 2]
    with pytest.raises(ValueError, match=r"bad\.yaml cannot be read: .*plain values.*subprocess"):
        read_config(tmp_path / "bad.yaml")
    assert not mark.exists()


def test_upstreams_losses_read_no_pickle(tmp_path):
    mark, path = tmp_path / "mark", str(tmp_path / "w.pkl")
    mmengine.dump(Payload(mark), path)
    with safe_files(), pytest.raises(ValueError, match=r"pickle file can run code.*trust_checkpoint=True"):
        CrossEntropyLoss(class_weight=path)
    assert not mark.exists()
    with safe_files(trusted=True):
        CrossEntropyLoss(class_weight=path)
    assert mark.exists()
