import pytest

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.segmentors.thing_classes import checked_things


def test_a_data_set_names_its_things():
    assert checked_things("SynthStreetsDataset", 11) == checked_things([8, 9, 10], 11) == (8, 9, 10)


@pytest.mark.parametrize(
    ("things", "message"),
    [([], "at least one"), ([3], r"0\.\.2"), ("IsbiEmDataset", "thing_classes"), ("None", "thing_classes")],
)
def test_others_are_refused(things, message):
    with pytest.raises(ValueError, match=message):
        checked_things(things, 3)
