import json
import pickle
import subprocess

import numpy as np
import pytest

from seg_plugins.losses import SoftDiceLoss
from seg_plugins.losses.class_weights import read_class_weights

WEIGHTS = [0.5, 1.0, 2.0]


class Payload:
    """Makes a file when it is read as a pickle."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __reduce__(self):
        return subprocess.check_call, (["touch", self.mark],)


def test_plain_files_are_read(tmp_path):
    (tmp_path / "w.json").write_text(json.dumps(WEIGHTS))
    (tmp_path / "w.yaml").write_text("[0.5, 1.0, 2.0]")
    np.save(tmp_path / "w.npy", np.array(WEIGHTS))
    assert [read_class_weights(str(tmp_path / f"w.{s}")) for s in ("json", "yaml", "npy")] == [WEIGHTS] * 3
    assert read_class_weights(WEIGHTS) == WEIGHTS and read_class_weights(None) is None


def test_no_file_is_run(tmp_path):
    mark = tmp_path / "mark"
    payload = pickle.dumps(Payload(mark))
    for name in ("w.pkl", "w.pickle", "w.npy", "w.json", "w.txt"):
        (tmp_path / name).write_bytes(payload)
        with pytest.raises(ValueError, match=rf"class_weight \S*{name} cannot be read"):
            SoftDiceLoss(class_weight=str(tmp_path / name))
    np.save(tmp_path / "object.npy", np.array([Payload(mark)], dtype=object), allow_pickle=True)
    (tmp_path / "w.yaml").write_text(f"!!python/object/apply:subprocess.check_call [[touch, {mark}]]")
    for name in ("object.npy", "w.yaml"):
        with pytest.raises(ValueError, match=rf"{name} cannot be read"):
            SoftDiceLoss(class_weight=str(tmp_path / name))
    assert not mark.exists()


def test_a_missing_file_and_an_address_are_named():
    for name in ("nothing.json", "http://example.org/w.json"):
        with pytest.raises(FileNotFoundError, match=f"class_weight {name}: there is no such file"):
            read_class_weights(name)


@pytest.mark.parametrize("text", ['{"a": 1}', '["1"]', "[-1]", "[NaN]", "[true]", "3"])
def test_anything_but_numbers_is_refused(tmp_path, text):
    (tmp_path / "w.json").write_text(text)
    with pytest.raises(ValueError, match=r"w\.json is not a list of non-negative numbers"):
        read_class_weights(str(tmp_path / "w.json"))
