import yaml

from seg_plugins.zoo.model_card import model_card
from seg_plugins.zoo.suite import load_suite
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
        "Weak classes (IoU under 30): car (12)",
        'init_model("configs/net/a.py", "w.pth"',
        "Test CPU",
        "commit 0123456789ab",
        "ab" * 32,
    ):
        assert words in card
