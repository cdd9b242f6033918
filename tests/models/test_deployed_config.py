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


def test_it_trains_on_the_labelled_images_alone():
    source = dict(type="CheckedSegDataset", ann_file="a.txt")
    loader = dict(
        batch_size=4,
        sampler=dict(type="ExactMultiSourceSampler", batch_size=4, source_ratio=[1, 1]),
        dataset=dict(type="MultiSourceDataset", datasets=[source, source], ann_files=["b.txt", "c.txt"]),
    )
    model = dict(type="TeacherStudentSegmentor", segmentor=dict(type="EncoderDecoder", **small_config()))
    hooks = [dict(type="EmaTeacherHook"), dict(type="FreezeHook")]
    cfg = deployed_config(Config(dict(model=model, train_dataloader=loader, custom_hooks=hooks)))[0]
    assert cfg.train_dataloader.dataset.to_dict() == {**source, "ann_file": "b.txt"}
    assert cfg.train_dataloader.sampler.type == "ExactInfiniteSampler" and len(cfg.custom_hooks) == 1


def test_other_configs_stay():
    given = Config(dict(model=dict(type="EncoderDecoder", **small_config())))
    assert deployed_config(given) == (given, "teacher")
