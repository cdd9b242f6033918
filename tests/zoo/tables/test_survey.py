import json

from seg_plugins.zoo.tables.survey import is_survey, render_survey
from tests.zoo.base import write_records

FIGURES = [{"value": 65.3, "protocol": "Cityscapes test"}, {"value": 62.2, "protocol": "VOC 2012 test"}]


def test_survey_published_and_ours_each_have_their_column(layout):
    models = [
        {"name": "Net", "algo": "net", "survey": 70.4, "published": FIGURES},
        {"name": "Other", "algo": "other", "survey": 80.0, "published": FIGURES[:1]},
    ]
    raw = {"suites": ["toy"], "note": "A note.", "models": models}
    (layout.suites / "_survey.yaml").write_text(json.dumps(raw))
    write_records(layout)
    assert is_survey(layout, "survey") and not is_survey(layout, "toy")
    head, _, net, other, _, note = render_survey(layout, "survey", layout.root).splitlines()
    assert head == "| model | survey | published | protocol of the published figure | ours, toy |"
    assert (
        net == "| Net | 70.4 | 65.3; 62.2 | 65.3: Cityscapes test; 62.2: VOC 2012 test | 61.0 ± 1.4 (net_a) |"
    )
    assert other.endswith("| 65.3: Cityscapes test | - |") and note == "A note."
