from seg_plugins.progress import track


def test_items_pass_and_lines_appear_without_a_terminal(capsys):
    assert list(track(range(3), "working", total=3, interval=0.0)) == [0, 1, 2]
    assert capsys.readouterr().err.splitlines() == [f"working: {i} of 3" for i in range(3)]


def test_short_work_is_silent(capsys):
    list(track(range(3), "working", total=3))
    assert capsys.readouterr().err == ""
