"""The same flows by WebDriver: a sample of pages and widgets, and what is WebDriver's own."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from pytest_otp import targets
from pytest_otp.browsers import launch_options
from pytest_otp.errors import FieldNotFound, SeveralFields, TargetRefused
from pytest_otp.selenium import click_resend, fill_code, fill_phone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium.webdriver import Chrome

CODE = "302415"
PHONE = SimpleNamespace(
    number="+12025550143", national="(202) 555-0143", country="US", dial_code="+1"
)
PAGES = Path(__file__).parent / "pages"
# The name of a page, the way and the outcome.
CODE_PAGES = {
    "boxes": ("typed", "held"),
    "boxes-masked": ("typed", "masked"),
    "boxes-replaced": ("typed", "held"),
    "boxes-replaced-later": ("typed", "held"),
    "boxes-rtl": ("typed", "held"),
    "boxes-without-advance": ("box by box", "held"),
    "contenteditable-boxes": ("typed", "held"),
    "drawn": ("typed", "held"),
    "iframes": ("typed", "held"),
    "keypad": ("keypad", "held"),
    "late": ("typed", "held"),
    "shadow": ("box by box", "held"),
    "single": ("typed", "held"),
    "submits-and-navigates": ("typed", "submitted"),
    "submits-and-removes": ("typed", "submitted"),
}
PHONE_PAGES = {
    "combobox": "national",
    "custom-list": "national",
    "dial-code-field": "national",
    "e164": "international",
    "prefix-kept": "international",
    "redrawn-for-country": "national",
    "select-german": "national",
    "suggested-countries": "national",
    "three-parts": "national",
}


@pytest.fixture(scope="session")
def browser_of_selenium(chromedriver: str) -> Iterator[Chrome]:
    """One Chromium for all."""
    options = webdriver.ChromeOptions()
    arguments: Any = launch_options()["args"]
    for argument in ["--headless=new", *arguments]:
        options.add_argument(argument)
    with webdriver.Chrome(options, webdriver.ChromeService(chromedriver)) as driver:
        yield driver


@pytest.fixture
def driver(browser_of_selenium: Chrome) -> Chrome:
    """It, with an empty page."""
    browser_of_selenium.get("about:blank")
    return browser_of_selenium


def show(driver: Chrome, html: str) -> None:
    """Replace what the page shows."""
    driver.execute_script("document.documentElement.innerHTML = arguments[0]", html)


def expect_got(driver: Chrome, wanted: str) -> None:
    """The application has it."""
    WebDriverWait(driver, 2).until(
        lambda it: it.execute_script("return window.got?.replaceAll(' ', '')") == wanted
    )


@pytest.mark.parametrize("name", CODE_PAGES)
def test_code_pages(driver: Chrome, name: str) -> None:
    """The application gets the code, and no other field anything."""
    driver.get((PAGES / "codes" / f"{name}.html").as_uri())
    filled = fill_code(driver, CODE)
    expect_got(driver, CODE)
    assert (filled.way, filled.outcome) == CODE_PAGES[name]
    decoys = driver.find_elements(By.CSS_SELECTOR, "[data-decoy]")
    assert [decoy.get_property("value") for decoy in decoys] == [""] * len(decoys)


@pytest.mark.parametrize("name", PHONE_PAGES)
def test_phone_pages(driver: Chrome, name: str) -> None:
    """Lists of countries are chosen from by script or by click."""
    driver.get((PAGES / "phones" / f"{name}.html").as_uri())
    assert fill_phone(driver, PHONE).way == PHONE_PAGES[name]
    expect_got(driver, PHONE.number)


@pytest.mark.parametrize("widget", ["antd", "input-otp", "ionic", "vuetify"])
def test_code_widgets(driver: Chrome, widget_pages: Path, widget: str) -> None:
    """Six inputs, one input over drawn boxes, inputs that are opened one by one."""
    driver.get((widget_pages / f"{widget}.html").as_uri())
    assert fill_code(driver, CODE).outcome == "held"
    expect_got(driver, CODE)


@pytest.mark.parametrize("widget", ["intl-tel-input", "mui-tel-input", "react-phone-number-input"])
def test_phone_widgets(driver: Chrome, widget_pages: Path, widget: str) -> None:
    """A list, a menu, a select under a flag; all start out in France."""
    driver.get((widget_pages / f"{widget}.html").as_uri())
    fill_phone(driver, PHONE)
    expect_got(driver, PHONE.number)


ELEMENTS: dict[str, Callable[[Chrome], Any]] = {
    "container": lambda driver: driver.find_element(By.CSS_SELECTOR, "[role=group]"),
    "first box": lambda driver: driver.find_element(By.CLASS_NAME, "box"),
    "whatever is around": lambda driver: driver.find_element(By.TAG_NAME, "body"),
}


@pytest.mark.parametrize("element", ELEMENTS)
def test_every_kind_of_element(driver: Chrome, element: str) -> None:
    """The widget is found from any element in or around it."""
    driver.get((PAGES / "codes" / "boxes.html").as_uri())
    fill_code(ELEMENTS[element](driver), CODE)
    expect_got(driver, CODE)


@pytest.mark.parametrize("pointed", [False, True], ids=["driver", "element"])
def test_in_the_frame_that_the_driver_is_switched_to(driver: Chrome, *, pointed: bool) -> None:
    """It is looked for there and further in, and the driver is left where it was."""
    inner = "<iframe srcdoc='<label>Code <input id=it></label>'></iframe>"
    show(driver, f'<input autocomplete=one-time-code><iframe srcdoc="{inner}"></iframe>')
    driver.switch_to.frame(0)
    WebDriverWait(driver, 2).until(lambda it: it.find_elements(By.TAG_NAME, "iframe"))
    fill_code(driver.find_element(By.TAG_NAME, "iframe") if pointed else driver, CODE)
    assert driver.execute_script("return [window !== top, window.parent === top]") == [True, True]
    driver.switch_to.frame(0)
    assert driver.find_element(By.ID, "it").get_property("value") == CODE


def test_frame_that_goes_with_the_last_digit(driver: Chrome) -> None:
    """The driver comes back from a frame that is no more."""
    show(
        driver,
        "<iframe srcdoc='<label>Code <input oninput=\"value.length === 6 && "
        "parent.setTimeout(() => parent.document.body.replaceChildren())\"></label>'></iframe>",
    )
    assert fill_code(driver, CODE).outcome == "submitted"
    assert driver.find_elements(By.TAG_NAME, "iframe") == []


@pytest.fixture
def strict_page(tmp_path: Path) -> Iterator[str]:
    """A page whose policy forbids every script but its own files', ``eval`` too."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            policy = "default-src 'self'; require-trusted-types-for 'script'"
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    (tmp_path / "index.html").write_text(
        "<label>Phone <input type=tel></label><label>Code <input id=code></label>"
    )
    handler = partial(Handler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_strict_content_security_policy(driver: Chrome, strict_page: str) -> None:
    """A page that allows no foreign script is filled in all the same."""
    driver.get(strict_page)
    fill_phone(driver, PHONE)
    fill_code(driver, CODE)
    assert driver.find_element(By.ID, "code").get_property("value") == CODE


def test_live_run_types_on_its_targets_only(driver: Chrome, strict_page: str) -> None:
    """The host of the page at top level decides."""
    driver.get(strict_page)
    with targets.declared(["staging.example.com"]):
        with pytest.raises(TargetRefused, match=r"not typed at '127\.0\.0\.1'"):
            fill_phone(driver, PHONE)
        with pytest.raises(TargetRefused, match="the code of a live number"):
            fill_code(driver.find_element(By.ID, "code"), CODE)
    with targets.declared(["127.0.0.1"]):
        fill_code(driver, CODE)


def test_click_resend(driver: Chrome) -> None:
    """The cool-down is waited out, and what covers the control for a moment too."""
    show(
        driver,
        "<button disabled onclick='document.title = \"again\"'>Resend</button>"
        "<div style='position: fixed; inset: 0'></div>",
    )
    driver.execute_script(
        "setTimeout(() => document.querySelector('button').disabled = false, 300);"
        "setTimeout(() => document.querySelector('div').remove(), 800)"
    )
    click_resend(driver)
    assert driver.title == "again"


def test_refusals(driver: Chrome) -> None:
    """The same errors are raised."""
    with pytest.raises(FieldNotFound):
        fill_code(driver, CODE, timeout=0.1)
    show(driver, "<label>Code <input></label><label>Code <input></label>")
    with pytest.raises(SeveralFields):
        fill_code(driver, CODE, timeout=0.1)
