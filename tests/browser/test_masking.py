"""``otp_mask_screenshots``: no picture of a page shows the number or code typed there."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeAlias

import pytest

from pytest_otp.browser import masking
from pytest_otp.errors import FieldRejected
from pytest_otp.playwright import fill_code, fill_phone
from tests.browser.test_async_playwright import (
    browser_elsewhere as browser_elsewhere,  # noqa: PLC0414 - a fixture
)
from tests.browser.test_async_playwright import on_a_page as on_a_page  # noqa: PLC0414 - likewise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.async_api import Page as AsyncPage
    from playwright.sync_api import FloatRect, Locator, Page

    from tests.browser.test_async_playwright import OnAPage

    Colours: TypeAlias = Callable[[bytes, FloatRect], set[int]]

CODE = "302415"
PHONE = SimpleNamespace(
    number="+12025550143", national="(202) 555-0143", country="US", dial_code="+1"
)
PINK = 0xFF00FF
PHONE_FIELD = "<label>Phone <input type=tel></label>"
BOXES = "<input maxlength=1 style='width: 30px; height: 34px'>" * 6
# Where a code can be.
WHERE = {
    "one field": "<label>Code <input></label>",
    "row of boxes": f"<div>{BOXES}</div>",
    "contenteditable": (
        "<div contenteditable aria-label=Code style='width: 200px; height: 30px'></div>"
    ),
    "shadow root": (
        "<x-code><template shadowrootmode=open><label>Code <input></label></template></x-code>"
    ),
    "frame": "<iframe srcdoc='<label>Code <input></label>'></iframe>",
}
# A conftest that a user would write, and tests of which the last lines fail.
CONFTEST = """
import json
import pytest
from pytest_otp.browsers import launch_options

@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, **launch_options()}
"""
FAILING = """
import json
from pytest_otp.playwright import fill_code, fill_phone

def test_sign_up(page, otp_phone, otp_sandbox):
    page.set_viewport_size({"width": 500, "height": 300})
    page.set_content(
        "<style>body { height: 900px }</style>"
        "<label>Phone <input type=tel></label><label>Code <input name=code></label>"
    )
    fill_phone(page, otp_phone)
    otp_sandbox.deliver(otp_phone.number, "Your code is 302415")
    fill_code(page, otp_phone.wait_for_code())
    with open("boxes.json", "w") as file:
        json.dump([box.bounding_box() for box in page.locator("input").all()], file)
    assert page.title() == "Welcome"
"""


@pytest.fixture
def colours(browser: object, page: Page) -> Iterator[Colours]:
    """The colours of a picture's region, as the browser itself reads the PNG."""
    reader = page.context.new_page()

    def colours(png: bytes, region: FloatRect) -> set[int]:
        found: list[int] = reader.evaluate(
            """async ([png, { x, y, width, height }]) => {
                const bytes = Uint8Array.from(atob(png), (byte) => byte.charCodeAt(0));
                const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
                const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
                context.drawImage(image, 0, 0);
                const edges = [x + 1, y + 1, width - 2, height - 2].map(Math.round);
                const { data } = context.getImageData(...edges);
                const colours = new Set();
                for (let i = 0; i < data.length; i += 4)
                    colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
                return [...colours];
            }""",
            [base64.b64encode(png).decode(), dict(region)],
        )
        return set(found)

    yield colours
    reader.close()


@pytest.fixture
def masks() -> Iterator[None]:
    """As in a run with ``--otp-mask-screenshots``."""
    with masking.switched_on():
        yield


def region(locator: Locator) -> FloatRect:
    """Where it stands in a picture of the page."""
    box = locator.bounding_box()
    assert box is not None
    return box


@pytest.mark.usefixtures("masks")
@pytest.mark.parametrize("kind", WHERE)
def test_fields_are_masked(page: Page, colours: Colours, kind: str) -> None:
    """Every field of a code, wherever it is, is one colour; nothing of the mask stays behind."""
    page.goto("data:text/html,<title>x</title>")
    html = f"<input type=search>{WHERE[kind]}"
    page.evaluate("html => document.body.setHTMLUnsafe(html)", html)
    fill_code(page, CODE)
    fields = [frame.locator("input:not([type=search]), [contenteditable]") for frame in page.frames]
    regions = [region(field) for several in fields for field in several.all()]
    assert regions
    picture = page.screenshot()
    assert [colours(picture, each) for each in regions] == [{PINK}] * len(regions)
    assert PINK not in colours(picture, region(page.locator("[type=search]")))
    marked = [frame.locator(f"[{masking._MARK}]").count() for frame in page.frames]
    assert sum(marked) == 0


def test_nothing_is_masked_unasked(page: Page, colours: Colours) -> None:
    """Without the setting a picture shows the field: what is said to be masked could be seen."""
    page.set_content(PHONE_FIELD)
    fill_phone(page, PHONE)
    found = colours(page.screenshot(), region(page.locator("input")))
    assert PINK not in found
    assert len(found) > 2


@pytest.mark.usefixtures("masks")
def test_what_shows_the_number_or_the_code_is_masked(page: Page, colours: Colours) -> None:
    """A form that comes back with an error, a text that repeats them; and nothing else."""
    page.set_content(f"{PHONE_FIELD}<label>Code <input></label>")
    fill_phone(page, PHONE)
    fill_code(page, CODE)
    page.set_content(
        "<input id=phone value='+1 (202) 555-0143'><input id=code value=302-415>"
        "<p>Sent to <b>202.555.0143</b></p><p id=drawn><i>3</i> <i>0</i><i>2</i><i>4</i><i>1</i>"
        "<i>5</i></p><output>1302415</output><input id=other value=12025>"
    )
    picture = page.screenshot()
    for masked in ("#phone", "#code", "b", "#drawn"):
        assert colours(picture, region(page.locator(masked))) == {PINK}
    for seen in ("output", "#other"):
        assert PINK not in colours(picture, region(page.locator(seen)))


@pytest.mark.usefixtures("masks")
def test_number_that_is_dialled_otherwise_at_home_is_masked(page: Page, colours: Colours) -> None:
    """In Argentina a mobile number loses a 9 and gets a 15."""
    page.set_content(PHONE_FIELD)
    fill_phone(
        page,
        SimpleNamespace(
            number="+5491123456789", national="011 15-2345-6789", country="AR", dial_code="+54"
        ),
    )
    page.set_content("<b>+54 9 11 2345-6789</b><input value='01115 2345 6789'>")
    picture = page.screenshot()
    for masked in ("b", "input"):
        assert colours(picture, region(page.locator(masked))) == {PINK}


@pytest.mark.usefixtures("masks")
def test_pages_that_the_application_opens_are_masked(page: Page, colours: Colours) -> None:
    """Pytest-playwright takes a picture of each."""
    page.set_content(PHONE_FIELD)
    fill_phone(page, PHONE)
    with page.expect_popup() as opened:
        page.evaluate("window.open().document.body.innerHTML = '<b>+1 202 555 0143</b>'")
    popup = opened.value
    assert colours(popup.screenshot(), region(popup.locator("b"))) == {PINK}


@pytest.mark.usefixtures("masks")
def test_half_of_a_code_is_masked(page: Page, colours: Colours) -> None:
    """A field that refuses the rest of a code is masked as well."""
    page.set_content("<label>Code <input oninput='value = value.slice(0, 3)'></label>")
    with pytest.raises(FieldRejected):
        fill_code(page, CODE)
    assert page.locator("input").input_value() == "302"
    assert colours(page.screenshot(), region(page.locator("input"))) == {PINK}


@pytest.mark.usefixtures("masks")
def test_options_of_the_test_hold(page: Page, colours: Colours) -> None:
    """Masks of the test's own are kept, and its colour is taken."""
    page.set_content(f"{PHONE_FIELD}<p id=mine>Mine</p>")
    fill_phone(page, PHONE)
    picture = page.screenshot(mask=[page.locator("#mine")], mask_color="#00ff00", full_page=True)
    for masked in ("input", "#mine"):
        assert colours(picture, region(page.locator(masked))) == {0x00FF00}


@pytest.mark.usefixtures("masks")
def test_async_page(on_a_page: OnAPage, page: Page, colours: Colours) -> None:
    """The same with the async API."""
    taken: list[tuple[bytes, FloatRect]] = []

    async def steps(page: AsyncPage) -> None:
        await page.set_content(PHONE_FIELD)
        await fill_phone(page, PHONE)
        box = await page.locator("input").bounding_box()
        assert box is not None
        taken.append((await page.screenshot(), box))

    on_a_page(steps)
    assert [colours(*each) for each in taken] == [{PINK}]


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("--otp-mask-screenshots --screenshot=only-on-failure", 2),
        ("-o otp_mask_screenshots=yes --screenshot=on --full-page-screenshot", 2),
        ("--screenshot=on", 0),
    ],
    ids=["flag, failure", "ini, full page", "unasked"],
)
def test_pictures_of_pytest_playwright(
    pytester: pytest.Pytester, colours: Colours, words: str, masked: int
) -> None:
    """The picture that pytest-playwright takes of a failed test masks both fields, if asked to."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(FAILING)
    ran = pytester.runpytest_subprocess("-p", "no:cacheprovider", *words.split())
    ran.assert_outcomes(failed=1)
    (picture,) = pytester.path.glob("test-results/*/test-failed-1.png")
    regions = json.loads((pytester.path / "boxes.json").read_text())
    found = [colours(picture.read_bytes(), each) for each in regions]
    assert len(found) == 2
    assert found.count({PINK}) == masked
