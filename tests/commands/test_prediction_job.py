from pathlib import Path

from seg_plugins.commands.prediction_job import kind_of, name_inputs


def test_files_of_one_name_get_names_of_their_own(tmp_path):
    for name in ("a/x.png", "b/x.png", "b/x.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    named = name_inputs([tmp_path / "a", tmp_path / "b"])
    assert sorted(named) == ["x", "x_2", "x_jpg"] or len(set(named)) == 3
    assert {path.relative_to(tmp_path).as_posix() for path in named.values()} == {
        "a/x.png", "b/x.png", "b/x.jpg",
    }  # fmt: skip


def test_a_video_is_known_by_its_ending():
    assert kind_of(Path("ride.MP4"), 100) == "video"
