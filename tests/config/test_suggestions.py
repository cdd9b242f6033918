from seg_plugins.config.suggestions import close_names, did_you_mean


def test_close_names_ignore_case_and_come_best_first():
    assert close_names("fcnhed", ["FCNHead", "UNet", "FPNHead"]) == ["FCNHead", "FPNHead"]


def test_nothing_near_gives_no_sentence():
    assert did_you_mean("qqqq", ["FCNHead"]) == ""
