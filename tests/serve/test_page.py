"""The page in a browser without a window."""

import base64
import io
import os
import shutil

import pytest
from PIL import Image

from seg_plugins.serve.app import make_app
from seg_plugins.serve.intake import Limits
from tests.serve.base import StubPredictor, decoded, encoded, half_bright, running

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
const files = new DataTransfer();
for (const [name, type, text] of arguments[0]) {
  files.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name, { type }));
}
document.getElementById("drop").dispatchEvent(
    new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
"""
PIXEL = """
const at = document.getElementById("overlay").getContext("2d").getImageData(arguments[0], arguments[1], 1, 1);
return Array.from(at.data);
"""


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(tmp_path_factory, downloads):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    prefs = {
        "download.default_directory": str(downloads),
        "profile.default_content_setting_values.automatic_downloads": 1,
    }
    options.add_experimental_option("prefs", prefs)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    limits = Limits(max_bytes=2**20, max_pixels=50_000, shrink_above=6000)
    with running(make_app(StubPredictor(), limits, None, "toy", "best.pth")) as port:
        try:
            yield driver, f"http://127.0.0.1:{port}/"
        finally:
            driver.quit()


def wait_for(driver, text, place="status"):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 300).until(lambda d: text in d.find_element("id", place).text)


def drop(driver, *files):
    """Drop files, each a name, a type and bytes."""
    driver.execute_script(DROP, [(name, kind, base64.b64encode(data).decode()) for name, kind, data in files])


def phone_photo(height=100, width=200, orientation=6):
    """A JPEG that is stored with a dark left half and a bright right half, and turned to be shown."""
    exif = Image.Exif()
    exif[274] = orientation
    buffer = io.BytesIO()
    Image.fromarray(half_bright(height, width)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def click(driver, selector):
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def test_drop_overlay_opacity_and_classes(browser, tmp_path):
    driver, address = browser
    driver.get(address)
    image = encoded(half_bright(60, 90))
    drop(driver, ("dropped.png", "image/png", image))
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
    assert driver.execute_script(PIXEL, 5, 5) == [191, 183, 72, 255]

    click(driver, "#all")
    assert driver.execute_script(PIXEL, 5, 5)[3] == 0


def test_chosen_tiff_is_shown_and_a_refusal_is_read(browser, tmp_path):
    driver, address = browser
    driver.get(address)
    (tmp_path / "scan.tiff").write_bytes(encoded(half_bright(20, 30), "TIFF"))
    driver.find_element("id", "file").send_keys(str(tmp_path / "scan.tiff"))
    wait_for(driver, "scan.tiff: 30 \u00d7 20 pixels")
    assert driver.execute_script(PIXEL.replace("overlay", "image"), 25, 5) == [255, 255, 255, 255]
    drop(driver, ("dropped.png", "image/png", b"no image"))
    wait_for(driver, "dropped.png: this is not an image of a supported type")
    assert "error" in driver.find_element("id", "status").get_attribute("class")
    assert not driver.find_element("id", "stage").is_displayed()  # nothing of the image before
    assert not driver.find_element("id", "save").is_displayed()
    assert "%" not in driver.find_element("id", "classes").text
    assert driver.find_element("id", "timing").text == ""


def test_a_file_above_the_limits_is_refused_with_the_option_that_takes_it(browser):
    driver, address = browser
    driver.get(address)
    wait_for(driver, "toy, best.pth", "model")  # the limits are known then
    drop(driver, ("big.png", "image/png", bytes(2**20 + 1)))
    wait_for(driver, "big.png: the file has 1.0 MB")
    assert "--max-megabytes" in driver.find_element("id", "status").text
    drop(driver, ("wide.png", "image/png", encoded(half_bright(300, 200))))
    wait_for(driver, "wide.png: 200 x 300 pixels are above the limit")
    assert "--max-pixels 60000" in driver.find_element("id", "status").text


def test_a_large_turned_photo_is_shrunk_and_saved_at_its_own_size(browser, downloads):
    from selenium.webdriver.support.ui import WebDriverWait

    driver, address = browser
    driver.get(address)
    drop(driver, ("phone.jpg", "image/jpeg", phone_photo()))
    wait_for(driver, "phone.jpg: 100 \u00d7 200 pixels, shrunk to 54 \u00d7 109 for the model")
    assert driver.title == "phone.jpg \u00b7 toy \u00b7 Segmentation"
    assert driver.execute_script(PIXEL, 27, 20) == [0, 0, 200, 255]
    assert driver.execute_script(PIXEL, 27, 90) == [250, 200, 0, 255]
    assert driver.execute_script(PIXEL.replace("overlay", "image"), 27, 90)[0] > 250
    saved = {}
    for button, ending in (("overlay", "overlay"), ("color", "colours"), ("classes", "classes")):
        click(driver, f"#save-{button}")
        path = downloads / f"phone-{ending}.png"
        WebDriverWait(driver, 300).until(lambda _, path=path: path.exists())
        saved[ending] = decoded(path.read_bytes())
        assert saved[ending].shape[:2] == (200, 100)
    classes = saved["classes"]
    assert classes[:90].max() == 0 and classes[110:].min() == 1
    assert (saved["colours"][classes == 1][:, :3] == (250, 200, 0)).all()
    assert abs(int(saved["overlay"][190, 50, 2]) - 127) < 3  # half white, half a colour without blue


def test_several_files_wait_in_a_list_and_one_bad_file_stops_none(browser):
    driver, address = browser
    driver.get(address)
    good = encoded(half_bright(20, 30))
    files = (("a.png", good), ("b.gif", b"GIF89a" + bytes(50)), ("c.png", encoded(half_bright(40, 30))))
    drop(driver, *((name, "", data) for name, data in files))
    wait_for(driver, "c.png: done", "files")
    names = [button.text.split(": ") for button in driver.find_elements("css selector", "#files button")]
    assert names[0] == ["a.png", "done"] and names[1][1].startswith("this is not an image of")
    assert "a.png: 30 \u00d7 20" in driver.find_element("id", "status").text
    click(driver, "#files li:nth-child(3) button")
    wait_for(driver, "c.png: 30 \u00d7 40 pixels")
    click(driver, "#files li:nth-child(2) button")
    wait_for(driver, "b.gif: this is not an image")
    assert not driver.find_element("id", "stage").is_displayed()


def test_background_keeps_the_image(browser):
    driver, address = browser
    driver.get(address)
    drop(driver, ("a.png", "image/png", encoded(half_bright(20, 30))))
    wait_for(driver, "a.png: 30 \u00d7 20")
    driver.execute_script("state.classes[0].background = true; paint()")
    assert driver.execute_script(PIXEL, 5, 5)[3] == 0 and driver.execute_script(PIXEL, 25, 5)[3] == 255
    click(driver, "#heat")
    assert driver.execute_script(PIXEL, 5, 5)[3] == 255


def test_nothing_ticked_is_said(browser):
    driver, address = browser
    driver.get(address)
    drop(driver, ("a.png", "image/png", encoded(half_bright(20, 30))))
    wait_for(driver, "a.png: 30 \u00d7 20")
    click(driver, "#heat")
    assert driver.find_element("id", "scale").text.split() == ["low", "high", "confidence"]
    assert driver.find_element("id", "note").text == ""
    click(driver, "#all")
    assert "No class is selected" in driver.find_element("id", "note").text
    click(driver, "#classes input[aria-label=bright]")
    assert driver.find_element("id", "note").text == ""


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
    assert names == ["Choose images", "Opacity", "Show confidence instead of classes", "all classes"]


def test_the_keyboard_reaches_files_and_keeps_its_place(browser):
    from selenium.webdriver import ActionChains, Keys

    driver, address = browser
    driver.get(address)
    image = encoded(half_bright(20, 30))
    drop(driver, ("a.png", "image/png", image), ("b.png", "image/png", image))
    wait_for(driver, "b.png: done", "files")
    driver.execute_script("document.getElementById('file').focus()")
    names = []
    for _ in range(5):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        names.append(driver.switch_to.active_element.accessible_name)
    assert names[:3] == ["Save overlay", "Save mask in colours", "Save mask of class numbers"]
    assert names[3:] == ["a.png: done", "b.png: done"]
    ActionChains(driver).send_keys(Keys.ENTER).perform()
    wait_for(driver, "b.png: 30")
    assert driver.switch_to.active_element.accessible_name == "b.png: done"
    assert driver.switch_to.active_element.get_attribute("aria-current") == "true"


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
