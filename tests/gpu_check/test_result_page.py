from seg_plugins.gpu_check.result_page import result_page

PART = dict(name="a", title="Steps", state="passed", seconds=1.5, words="twice as fast", rows=[])


def test_the_page_holds_every_part_and_missing_figures():
    rows = [["network", "GiB"], ["FCN", None], ["U<Net", 1.5]]
    page = result_page([PART, PART | dict(title="Kernels", state="failed", rows=rows)], "cuda", False)
    assert all(text in page for text in ("Steps", "Kernels", "failed", "twice as fast", "U&lt;Net", "1.5"))
    assert "says nothing about GPUs" not in page
