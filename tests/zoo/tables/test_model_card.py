import yaml

from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.model_card import model_card
from tests.zoo.base import fake_record


def test_a_card_says_data_figures_limits_and_use(layout):
    record = fake_record(layout, "toy", load_suite(layout, "toy").rows[0])
    record["classes"]["IoU"] = {"car": 12.0, "road": 90.0}
    record.update(iterations=100, batch=4, input=[8, 9], options={"train_cfg.max_iters": 100})
    test = {"type": "Toy", "data_prefix": {"img_path": "images/val"}}
    config = {"train_dataloader": {"dataset": {"type": "Toy"}}, "test_dataloader": {"dataset": test}}
    card = model_card(record, config, {"classes": ["road", "car"]}, "ab" * 32, "w.pth", "configs/net/a.py")
    head = yaml.safe_load(card.split("---")[1])
    assert head["pipeline_tag"] == "image-segmentation" and head["tags"] == ["Toy"]
    for words in (
        "mIoU 60.00 on `images/val` of `Toy`",
        "2 classes: road, car",
        "crop 8 x 9 (height x width)",
        "| IoU road | 90.00 |\n| IoU car | 12.00 |",
        "Config `configs/net/a.py` with `train_cfg.max_iters=100` (hash",
        "safetensors.torch.load_file",
        "Weak classes (IoU below 30): car (12)",
        "init_model('configs/net/a.py', 'w.pth'",
        "Test CPU",
        "commit 0123456789ab",
        "ab" * 32,
    ):
        assert words in card


def test_class_names_are_text(layout):
    name = "a|b`c\n# <img src=x onerror=alert(1)> [d](http://e)"
    record = fake_record(layout, "toy", load_suite(layout, "toy").rows[0])
    record["classes"]["IoU"] = {name: 12.0}
    card = model_card(record, {}, {"classes": [name]}, "ab" * 32, "w.pth", "configs/net/a.py")
    shown = r"a\|b\`c \# &lt;img src=x onerror=alert(1)&gt; \[d\](http://e)"
    assert card.count(shown) == 3 and "<img" not in card and f"| IoU {shown} | 12.00 |" in card


def test_commands_are_quoted(layout):
    record = fake_record(layout, "toy", load_suite(layout, "toy").rows[0])
    card = model_card(record, {}, {"classes": ["road"]}, "ab" * 32, "w's.pth", "configs/a b/a.py")
    assert "seg-plugins test 'configs/a b/a.py' 'w'\"'\"'s.pth'" in card
    assert """init_model('configs/a b/a.py', "w's.pth",""" in card


def test_a_card_without_a_suite_says_so_and_invents_nothing():
    record = {"seed": 3, "metrics": {}, "classes": {}, "config_hash": "abc", "parameters": 10}
    card = model_card(record, {}, {"classes": ["road"]}, "ab" * 32, "w.pth", "mine.py")
    assert card.count("no suite record") == 2 and "Not tested" in card and "no test result" in card
    assert "commit" not in card and "%" not in card.replace("per cent", "")
