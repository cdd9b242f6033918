"""The page in a browser without a window."""

import base64
import os
import shutil

import pytest

from seg_plugins.serve.app import make_app
from tests.serve.base import StubPredictor, encoded, half_bright, running

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="needs a browser: apt-get install chromium chromium-driver"
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--window-size=1200,800",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip
DROP = """
const bytes = Uint8Array.from(atob(arguments[0]), (c) => c.charCodeAt(0));
const files = new DataTransfer();
files.items.add(new File([bytes], "dropped.png", { type: arguments[1] }));
document.getElementById("drop").dispatchEvent(
    new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
"""
PIXEL = """
const at = document.getElementById("overlay").getContext("2d").getImageData(arguments[0], arguments[1], 1, 1);
return Array.from(at.data);
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    with running(make_app(StubPredictor())) as port:
        try:
            yield driver, f"http://127.0.0.1:{port}/"
        finally:
            driver.quit()


def wait_for(driver, text):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 300).until(lambda d: text in d.find_element("id", "status").text)


def click(driver, selector):
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def test_drop_overlay_opacity_and_classes(browser, tmp_path):
    driver, address = browser
    driver.get(address)
    image = encoded(half_bright(60, 90))
    driver.execute_script(DROP, base64.b64encode(image).decode(), "image/png")
    wait_for(driver, "dropped.png: 90 \u00d7 60 pixels")
    assert driver.execute_script(PIXEL, 5, 5) == [0, 0, 200, 255]
    assert driver.execute_script(PIXEL, 80, 50) == [250, 200, 0, 255]
    table = driver.find_element("id", "classes").text
    assert "dark 50.0 % 75.0 %" in table and "never 0.0 % \u2013" in table
    assert "Model" in driver.find_element("id", "timing").text

    set_opacity = (
        "const o = document.getElementById('opacity'); o.value = 80; o.dispatchEvent(new Event('input'))"
    )
    driver.execute_script(set_opacity)
    assert driver.find_element("id", "overlay").value_of_css_property("opacity") == "0.8"
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(driver).move_to_element_with_offset(driver.find_element("id", "overlay"), 100, 0).perform()
    assert "bright, confidence 74.9 %" in driver.find_element("id", "pixel").text  # 191 of 255
    driver.save_screenshot(os.environ.get("PAGE_SCREENSHOT", str(tmp_path / "page.png")))

    click(driver, "#classes input[aria-label=bright]")
    assert driver.execute_script(PIXEL, 80, 50)[3] == 0 and driver.execute_script(PIXEL, 5, 5)[3] == 255
    click(driver, "#heat")
    assert driver.execute_script(PIXEL, 5, 5) == [64, 191, 60, 255]

    click(driver, "#all")
    assert driver.execute_script(PIXEL, 5, 5)[3] == 0


def test_chosen_tiff_is_shown_and_a_refusal_is_read(browser, tmp_path):
    driver, address = browser
    driver.get(address)
    (tmp_path / "scan.tiff").write_bytes(encoded(half_bright(20, 30), "TIFF"))
    driver.find_element("id", "file").send_keys(str(tmp_path / "scan.tiff"))
    wait_for(driver, "scan.tiff: 30 \u00d7 20 pixels")
    assert driver.execute_script(PIXEL.replace("overlay", "image"), 25, 5) == [255, 255, 255, 255]
    driver.execute_script(DROP, base64.b64encode(b"no image").decode(), "image/png")
    wait_for(driver, "dropped.png: the body is no image")
    assert "error" in driver.find_element("id", "status").get_attribute("class")


def test_the_keyboard_reaches_everything_once_and_visibly(browser):
    from selenium.webdriver import ActionChains, Keys

    driver, address = browser
    driver.get(address)
    driver.execute_script(
        "window.opened = 0; document.getElementById('file').addEventListener('click', (event) => {"
        " window.opened += 1; event.preventDefault(); });"
    )
    names = []
    for number in range(4):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        names.append(driver.switch_to.active_element.accessible_name)
        style = driver.execute_script("return getComputedStyle(document.getElementById('drop')).outlineStyle")
        assert style == ("none" if number else "solid")
        if not number:
            ActionChains(driver).send_keys(Keys.SPACE).perform()
            assert driver.execute_script("return [window.opened, scrollY]") == [1, 0]
    assert names == ["Choose an image", "Opacity", "Show confidence instead of classes", "all classes"]


def test_nothing_is_loaded_from_elsewhere(browser):
    from selenium.webdriver.support.ui import WebDriverWait

    driver, address = browser
    driver.get_log("browser")  # forget the refusals of other tests
    driver.get(address)
    seen = "return performance.getEntriesByType('resource').map((e) => e.name)"
    WebDriverWait(driver, 20).until(lambda _: len(driver.execute_script(seen)) >= 3)
    names = driver.execute_script(seen)
    assert all(name.startswith(address) for name in names)
    assert [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"] == []
