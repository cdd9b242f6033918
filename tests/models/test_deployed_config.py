"""Tests of the config that is used after training."""

from mmengine.config import Config

from seg_plugins.models.deployed_config import deployed_config
from tests.segmentors.small_model import small_config


def test_a_regime_gives_the_segmentor_inside_and_its_branch():
    plain = dict(type="EncoderDecoder", **small_config())
    semi = dict(type="TeacherStudentSegmentor", segmentor=plain, semi_test_cfg=dict(predict_on="student"))
    given = Config(dict(model=semi, default_scope="mmseg"))
    cfg, branch = deployed_config(given)
    assert cfg.model.to_dict() == plain and branch == "student"
    assert given.model.type == "TeacherStudentSegmentor"


def test_other_configs_stay():
    given = Config(dict(model=dict(type="EncoderDecoder", **small_config())))
    assert deployed_config(given) == (given, "teacher")
