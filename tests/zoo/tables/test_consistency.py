import copy
import json
from pathlib import Path

import pytest

from seg_plugins.zoo.suites.config_hash import hash_of_sections
from seg_plugins.zoo.tables.consistency import record_problems

SECTIONS = {"model": "0123456789ab", "train_cfg": "ba9876543210"}
RECORD = {
    "metrics": {"mIoU": 60.0, "mAcc": 70.0, "mDice": 70.445, "aAcc": 80.0},
    "classes": {
        "IoU": {"road": 90.0, "car": 30.0},
        "Acc": {"road": 95.0, "car": 45.0},
        "Dice": {"road": 94.74, "car": 46.15},
    },
    "curve": {"mIoU": [[50, 40.0], [100, 60.0]]},
    "iterations": 100,
    "precision": "float32",
    "sections": SECTIONS,
    "config_hash": hash_of_sections(SECTIONS),
}
RECORDS = sorted((Path(__file__).parents[3] / "configs/suites/results").glob("*/*.json"))


def changed(*keys, to):
    record = copy.deepcopy(RECORD)
    place = record
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    return record


def test_a_record_as_it_was_written_agrees_with_itself():
    """Dice by hand: 2 x 0.9 / 1.9 = 0.9474 and 2 x 0.3 / 1.3 = 0.4615."""
    assert record_problems(RECORD, True) == []


@pytest.mark.parametrize(
    "record, words",
    [
        (changed("metrics", "mIoU", to=60.1), ["mIoU is 60.1", "60.000", "last validation's was 60.0"]),
        (changed("metrics", "mDice", to=71.0), ["mDice is 71.0", "70.445"]),
        (changed("metrics", "mAcc", to=69.0), ["mAcc is 69.0", "70.000"]),
        (changed("classes", "Dice", "car", to=46.5), ["Dice of car is 46.5", "46.15"]),
        (changed("curve", "mIoU", to=[[100, 59.0]]), ["mIoU is 60.0", "59.0"]),
        (changed("sections", "model", to="ffffffffffff"), ["config_hash"]),
        (changed("config_hash", to="0" * 16), ["config_hash is 0000"]),
    ],
)
def test_a_changed_figure_is_found(record, words):
    problems = " ".join(record_problems(record, True))
    assert all(word in problems for word in words), problems


def test_a_validation_on_other_data_or_before_the_end_is_not_compared():
    assert record_problems(changed("curve", "mIoU", to=[[100, 59.0]]), False) == []
    assert record_problems(changed("curve", "mIoU", to=[[50, 40.0]]), True) == []


def test_the_committed_records_agree_with_themselves():
    assert RECORDS
    found = {path.name: record_problems(json.loads(path.read_bytes()), True) for path in RECORDS}
    assert {name: problems for name, problems in found.items() if problems} == {}
