from seg_plugins.commands.compare import main
from seg_plugins.commands.user_errors import run_tool
from tests.report.base import record


def compare(*arguments):
    return run_tool(lambda: main([str(a) for a in arguments]))


def save(folder, name, right):
    (folder / "report").mkdir(parents=True)
    record(name, right, seed=len(name)).save(folder / "report")


def test_two_runs_side_by_side(tmp_path, capsys):
    save(tmp_path / "a", "one", 0.5)
    save(tmp_path / "b", "three", 0.6)
    assert compare(tmp_path / "a", tmp_path / "b", "--out", tmp_path / "page.html") == 0
    assert "three is better than one" in capsys.readouterr().out
    assert (tmp_path / "page.html").stat().st_size > 50_000


def test_runs_of_one_name_are_told_apart_by_their_path(tmp_path, capsys):
    save(tmp_path / "a", "one", 0.5)
    assert compare(tmp_path / "a", tmp_path / "a", "--out", tmp_path / "page.html") == 0
    assert f"No clear winner: {tmp_path / 'a'}" in capsys.readouterr().out


def test_what_is_missing_is_named(tmp_path, capsys):
    assert compare(tmp_path / "none", tmp_path / "none") == 2
    assert "none: no such folder" in capsys.readouterr().err
