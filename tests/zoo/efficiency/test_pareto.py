import re
from xml.etree import ElementTree

from seg_plugins.zoo.efficiency.pareto import pareto_chart, pareto_front

POINTS = [("fast <net>", 1.0, 40.0), ("good", 10.0, 55.0), ("worse", 12.0, 50.0), ("best", 100.0, 56.0)]


def test_front_of_one_and_of_none():
    assert pareto_front([]) == [] and pareto_front(POINTS[:1]) == ["fast <net>"]
    assert pareto_front(POINTS) == ["fast <net>", "good", "best"]


def test_chart_is_xml_that_marks_the_front_and_keeps_order():
    chart = ElementTree.fromstring(pareto_chart(POINTS, "ms", "mIoU"))
    space = "{http://www.w3.org/2000/svg}"
    fronts = [g.findtext(f"{space}text") for g in chart.iter(f"{space}g") if g.get("class") == "front"]
    assert sorted(fronts) == ["best", "fast <net>", "good"]
    places = {g.findtext(f"{space}text"): g.find(f"{space}circle") for g in chart.iter(f"{space}g")}
    x = {name: float(circle.get("cx")) for name, circle in places.items()}
    y = {name: float(circle.get("cy")) for name, circle in places.items()}
    assert x["fast <net>"] < x["good"] < x["worse"] < x["best"] and y["best"] < y["good"] < y["fast <net>"]
    assert abs((x["best"] - x["good"]) - (x["good"] - x["fast <net>"])) < 0.2  # a decade each


def test_names_at_one_place_do_not_cover_each_other():
    chart = pareto_chart([("a", 5.0, 50.0), ("b", 5.0, 50.0), ("c", 5.01, 50.0)], "ms", "mIoU")
    labels = [float(y) for y in re.findall(r'<g[^>]*><circle[^>]*/><text x="[\d.]+" y="([\d.]+)"', chart)]
    assert all(abs(a - b) >= 12 for i, a in enumerate(labels) for b in labels[:i])
