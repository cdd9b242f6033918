import os

import pytest

from seg_plugins.checkpoints.choosing import best_checkpoint, choose_checkpoint, last_checkpoint


def fill(folder, *names):
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    "names, chosen, why",
    [
        (["iter_9.pth", "iter_10.pth", "best_mIoU_iter_9.pth"], "best_mIoU_iter_9.pth", "the best by mIoU"),
        (["iter_9.pth", "iter_10.pth"], "iter_10.pth", "the last"),
        (["epoch_2.pth"], "epoch_2.pth", "the last"),
        (["best_val_loss_iter_90.pth", "best_mIoU_iter_50.pth"], "best_mIoU_iter_50.pth", "the best by mIoU"),
        (["best_val_loss_epoch_9.pth"], "best_val_loss_epoch_9.pth", "the best by val_loss"),
        (["best_mIoU_iter_50.pth", "best_mIoU_iter_100.pth"], "best_mIoU_iter_100.pth", "the best by mIoU"),
        (["weights.pth"], "weights.pth", "the last"),
    ],
)
def test_the_best_checkpoint_of_a_folder_stands_for_it_else_the_last(tmp_path, names, chosen, why):
    assert choose_checkpoint(fill(tmp_path, *names)) == (tmp_path / chosen, why)


def test_a_file_is_itself(tmp_path):
    fill(tmp_path, "best_mIoU_iter_5.pth", "iter_2.pth")
    assert choose_checkpoint(str(tmp_path / "iter_2.pth")) == (tmp_path / "iter_2.pth", "")


def test_the_last_is_the_one_that_the_run_names_wherever_the_folder_is_now(tmp_path):
    fill(tmp_path, "iter_10.pth", "iter_20.pth")
    (tmp_path / "last_checkpoint").write_text(f"/elsewhere{os.sep}iter_10.pth\n")
    assert last_checkpoint(tmp_path).path == tmp_path / "iter_10.pth"
    (tmp_path / "last_checkpoint").write_text("/elsewhere/iter_15.pth")
    assert last_checkpoint(tmp_path).path == tmp_path / "iter_20.pth"
    assert best_checkpoint(tmp_path) is None


def test_what_is_not_there_is_named_with_what_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="this folder holds none"):
        choose_checkpoint(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"a\.pth: there is no such file. Train first"):
        choose_checkpoint(tmp_path / "a.pth")
    fill(tmp_path, "iter_2.pth")
    with pytest.raises(FileNotFoundError, match=r"iter_3\.pth: .* Its folder holds: .*iter_2\.pth"):
        choose_checkpoint(tmp_path / "iter_3.pth")
