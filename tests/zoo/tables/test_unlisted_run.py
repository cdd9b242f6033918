import json

import pytest
import torch

from seg_plugins.zoo.tables.unlisted_run import config_of_run, facts_of_run

STATE = {
    "a.weight": torch.ones(3, 4),
    "a.running_mean": torch.ones(4),
    "a.num_batches_tracked": torch.tensor(1),
}
CONFIG = {
    "model": {"data_preprocessor": {"size": (8, 9)}},
    "train_dataloader": {"batch_size": 4},
    "randomness": {"seed": 2},
}


def test_the_checkpoint_and_its_config_give_what_can_be_known(tmp_path):
    facts = facts_of_run(CONFIG, tmp_path / "iter_5.pth", {"state_dict": STATE, "meta": {"iter": 5}})
    assert (facts["seed"], facts["iterations"], facts["batch"], facts["input"]) == (2, 5, 4, (8, 9))
    assert facts["parameters"] == 12 and facts["metrics"] == {} == facts["classes"]
    assert "commit" not in facts


@pytest.mark.parametrize(
    "changes, known",
    [({}, True), ({"checkpoint": "x/iter_6.pth"}, False), ({"tta": True}, False), ({"metrics": None}, False)],
)
def test_figures_are_those_of_a_plain_test_of_this_checkpoint(tmp_path, changes, known):
    text = {"checkpoint": "elsewhere/iter_5.pth", "tta": False, "metrics": {"mIoU": 50.0, "IoU.car": 40.0}}
    (tmp_path / "metrics.json").write_text(json.dumps(text | changes))
    facts = facts_of_run(CONFIG, tmp_path / "iter_5.pth", {"state_dict": STATE})
    assert facts["metrics"] == ({"mIoU": 50.0} if known else {})
    assert facts["classes"] == ({"IoU": {"car": 40.0}} if known else {})


def test_the_config_is_the_one_that_the_training_wrote(tmp_path):
    with pytest.raises(FileNotFoundError, match="pass CONFIG CHECKPOINT instead"):
        config_of_run(tmp_path)
    (tmp_path / "mine.py").touch()
    assert config_of_run(tmp_path) == tmp_path / "mine.py"
