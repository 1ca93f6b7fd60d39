"""Which fields are taken for a code's or a phone number's, and which never are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_otp.browser.choosing import CONFIDENT, VAGUE, best
from pytest_otp.browser.choosing_codes import code_widgets
from pytest_otp.browser.choosing_phones import phone_widgets
from pytest_otp.browser.fields import Field

if TYPE_CHECKING:
    from pytest_otp.browser.choosing import Widget

PLAIN = Field(
    index=0,
    tag="input",
    type="text",
    name="",
    id="",
    autocomplete="",
    inputmode="",
    maxlength=None,
    label="",
    hints="",
    around=(),
    group=0,
    cells=0,
    x=0,
    y=0,
    width=200,
    height=24,
    concealed="",
    disabled=False,
    readonly=False,
    steps=0,
    pointed=False,
    drawn=False,
    keypad=False,
)
field = partial(replace, PLAIN)


def row(count: int, **facts: Any) -> list[Field]:  # noqa: ANN401 - of any field of Field
    """Boxes side by side."""
    return [
        field(**{"index": place, "x": place * 40, "width": 32, "height": 36, **facts})
        for place in range(count)
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"autocomplete": "one-time-code"},
        {"label": "Verification code"},
        {"label": "Enter the code we sent to your phone"},
        {"label": "Email verification code"},
        {"name": "smsCode"},
        {"id": "otp_input"},
        {"hints": "div ion-input-otp"},
        {"around": ((1, "Security code"), (2, "Security code E-mail"))},
        {"label": "PIN", "inputmode": "numeric"},
        {"label": "Bestätigungscode"},
        {"label": "Código de verificación"},
        {"label": "验证码"},
        {"label": "確認コード"},
        {"label": "SMS-TAN"},
        {"label": "Einmalkennwort"},
        {"label": "Engangskode"},
        {"label": "Ověřovací kód"},
        {"label": "Mã xác minh"},
        {"type": "tel", "label": "Code", "maxlength": 6},
    ],
    ids=str,
)
def test_reads_like_a_code(facts: dict[str, Any]) -> None:
    """These are taken as soon as they are seen."""
    (widget,) = code_widgets([field(**facts)], 6)
    assert widget.score >= CONFIDENT


@pytest.mark.parametrize(
    "facts",
    [
        {"type": "search"},
        {"type": "email", "label": "E-mail"},
        {"label": "Search"},
        {"label": "Promo code"},
        {"name": "couponCode", "maxlength": 6},
        {"label": "Zip code", "inputmode": "numeric", "maxlength": 6},
        {"label": "Country code"},
        {"label": "Phone", "type": "tel"},
        {"autocomplete": "tel"},
        {"autocomplete": "cc-csc", "label": "Security code"},
        {"label": "Security code (CVC)"},
        {"autocomplete": "current-password", "type": "password"},
        {"label": "Full name"},
        {"label": "Date of birth"},
    ],
    ids=str,
)
def test_reads_like_something_else(facts: dict[str, Any]) -> None:
    """These are never taken for a code's field on a whole page."""
    assert best(code_widgets([field(**facts)], 6), pointed=False) == ()


@pytest.mark.parametrize(
    "facts",
    [
        {"autocomplete": "tel"},
        {"type": "tel"},
        {"label": "Mobile number"},
        {"name": "phoneNumber"},
        {"label": "Téléphone"},
        {"label": "WhatsApp"},
    ],
    ids=str,
)
def test_reads_like_a_phone_number(facts: dict[str, Any]) -> None:
    """These are taken as soon as they are seen."""
    (widget,) = phone_widgets([field(**facts)])
    assert widget.score >= CONFIDENT


@pytest.mark.parametrize(
    "facts",
    [
        {"autocomplete": "email"},
        {"type": "search", "label": "Search phones"},
        {"label": "Verification code"},
        {"label": "Fax", "type": "tel"},
        {"type": "tel", "maxlength": 6},
    ],
    ids=str,
)
def test_reads_like_no_phone_number(facts: dict[str, Any]) -> None:
    """These are never taken for a phone number's field on a whole page."""
    assert best(phone_widgets([field(**facts)]), pointed=False) == ()


@pytest.mark.parametrize("later", [{}, {"disabled": True}, {"concealed": "aria-hidden"}], ids=str)
def test_boxes_are_one_widget(later: dict[str, Any]) -> None:
    """A row of boxes is one widget, also where only its first box is open yet."""
    first, *others = row(6, maxlength=1)
    (widget,) = code_widgets([first, *(replace(box, **later) for box in others)], 6)
    assert (len(widget.boxes), widget.room) == (6, 6)
    assert widget.score >= CONFIDENT


def test_row_that_fits_the_code_is_preferred() -> None:
    """Of a row of four and one of six, a code of six characters belongs to the latter."""
    four = row(4, maxlength=1)
    six = [replace(box, index=box.index + 4, y=100) for box in row(6, maxlength=1)]
    (widget,) = best(code_widgets([*four, *six], 6), pointed=False)
    assert len(widget.boxes) == 6


def test_segments() -> None:
    """Two fields of three characters take a code of six."""
    (widget,) = code_widgets(row(2, maxlength=3, width=60), 6)
    assert (len(widget.boxes), widget.each, widget.room) == (2, 3, 6)


def test_card_number_is_no_code() -> None:
    """Four groups of a card's number are not taken for a code of four characters."""
    groups = row(4, maxlength=4, width=60, autocomplete="cc-number")
    assert best(code_widgets(groups, 4), pointed=False) == ()


def test_form_of_different_fields_is_no_row() -> None:
    """Fields that are told apart by their labels are not the boxes of one code."""
    labels = ["First name", "Last name", "Street", "City", "State", "Company"]
    fields = [field(index=i, y=i * 30, label=label) for i, label in enumerate(labels)]
    assert all(not widget.is_row for widget in code_widgets(fields, 6))


def test_equal_candidates_are_both_returned() -> None:
    """Where nothing tells two apart, neither is chosen."""
    twins = [field(index=0, label="Code"), field(index=1, y=200, label="Code")]
    assert len(best(code_widgets(twins, 6), pointed=False)) == 2


def test_nearest_wins_when_pointed_at() -> None:
    """A locator of something near a field chooses the field that it is nearest to."""
    near = field(index=0, label="Code", steps=1)
    far = field(index=1, autocomplete="one-time-code", steps=4, y=200)
    (widget,) = best(code_widgets([near, far], 6), pointed=True)
    assert widget.boxes == (near,)


@given(
    st.lists(
        st.builds(
            field,
            type=st.sampled_from(["text", "tel", "search", "password", "number"]),
            maxlength=st.sampled_from([None, 1, 3, 6]),
            label=st.sampled_from(["", "Code", "Promo code", "Name"]),
            concealed=st.sampled_from(["", "aria-hidden", "not displayed", "inert"]),
            disabled=st.booleans(),
            readonly=st.booleans(),
            x=st.integers(0, 500),
            y=st.sampled_from([0, 40, 80]),
            width=st.sampled_from([30, 200]),
        ),
        max_size=12,
    ),
    st.integers(4, 8),
)
def test_nothing_is_typed_where_nobody_could(fields: list[Field], length: int) -> None:
    """A widget's first box takes keys, or at least might; no field is in two widgets."""
    numbered = [replace(each, index=index) for index, each in enumerate(fields)]
    found: list[Widget] = code_widgets(numbered, length)
    for widget in found:
        first = widget.boxes[0]
        assert not first.disabled
        assert not first.readonly or widget.score < VAGUE
        assert first.concealed in {"", "aria-hidden"}
    indices = [box.index for widget in found for box in widget.boxes]
    assert len(indices) == len(set(indices))


def test_mobile_before_landline() -> None:
    """Of two numbers the one is meant that an SMS reaches."""
    labels = ("Home phone", "Mobile phone", "Work phone")
    fields = [field(index=i, type="tel", label=label) for i, label in enumerate(labels)]
    (widget,) = best(phone_widgets(fields), pointed=False)
    assert widget.boxes == (fields[1],)
