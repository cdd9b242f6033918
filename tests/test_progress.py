import pytest

from seg_plugins.progress import track, track_map


def test_items_pass_and_lines_appear_without_a_terminal(capsys):
    assert list(track(range(3), "working", total=3, interval=0.0)) == [0, 1, 2]
    assert capsys.readouterr().err.splitlines() == [f"working: {i} of 3" for i in range(3)]


def test_short_work_is_silent(capsys):
    list(track(range(3), "working", total=3))
    assert capsys.readouterr().err == ""


def test_results_of_threads_come_in_order_and_errors_with_them():
    assert list(track_map(str, range(50), "working", threads=3)) == [str(i) for i in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(track_map(lambda i: 1 // i, [1, 0, 2], "working"))
