import pytest
import torch

from seg_plugins.commands.publish import main
from seg_plugins.config.reading import load_config
from seg_plugins.models import load_model
from tests.commands.base import write_run


def test_a_row_without_checkpoint_is_named_with_the_option(tmp_path):
    with pytest.raises(ValueError, match="unet"):
        main(["synth-cpu", "unett"])
    with pytest.raises(FileNotFoundError, match="has no checkpoint: pass --checkpoint FILE"):
        main(["synth-cpu", "unet_tiny_1xb4-1k_synth-streets-128x256.seed0", "--out", str(tmp_path)])


@pytest.mark.parametrize("words", [["work"], ["disc.py", "work"], ["disc.py", "work/best_mIoU_iter_2.pth"]])
def test_a_run_of_no_suite_is_published_and_its_card_says_so(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    cfg = load_config(write_run(tmp_path))
    (tmp_path / "work").mkdir()
    cfg.dump(tmp_path / "work" / "disc.py")
    from mmseg.registry import MODELS

    state = MODELS.build(cfg.model).state_dict()
    content = {"state_dict": state, "meta": {"iter": 2, "seed": 7, "dataset_meta": cfg.metainfo.to_dict()}}
    torch.save(content, tmp_path / "work" / "best_mIoU_iter_2.pth")
    assert main([*words, "--out", "out"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "no suite record" in said[0] and len(said) == 5
    weights, _, card, config = (tmp_path / line for line in said[1:])
    assert "no suite record" in card.read_text() and f"test {config.name} {weights.name}" in card.read_text()
    assert config.stem == weights.stem and "disc.seed7-" in weights.name
    load_model(config, weights)  # they are enough to go on with


@pytest.mark.parametrize(
    "words, said",
    [
        (["nowhere"], "nowhere: no such folder. What can be published: WORK_DIR, CONFIG CHECKPOINT"),
        (["synth-cpuu", "row"], "there is no config of this name.*Did you mean .*synth-cpu"),
        (["disc.py", "none.pth"], r"checkpoint none\.pth: there is no such file"),
    ],
)
def test_what_is_not_there_is_named(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "disc.py").touch()
    with pytest.raises(FileNotFoundError, match=f"(?s){said}"):
        main(words)
