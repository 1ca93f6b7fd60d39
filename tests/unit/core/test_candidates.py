"""What has the shape of a code, and what has another."""

from __future__ import annotations

import pytest

from pytest_otp.core.candidates import find_candidates, without_links


def codes(text: str) -> list[str]:
    """Return what could be typed in, in the order of the text."""
    return [candidate.code for candidate in find_candidates(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("123456", "123456"),
        ("123-456", "123456"),
        ("12-34-56", "123456"),
        ("123 456", "123456"),
        ("1234 5678", "12345678"),
        ("12 34 56", "123456"),
        ("123 - 456", "123456"),
        ("123.456", "123456"),
        ("1 2 3 4", "1234"),
        ("1-2-3-4", "1234"),
        ("1337-1337", "13371337"),
        ("A1B2C3", "A1B2C3"),
        ("ABC-12D", "ABC12D"),
        ("G-123456", "123456"),
        ("123456-ACME", "123456"),
    ],
)
def test_shapes_of_codes(text: str, code: str) -> None:
    """Separators are for the eye: they are not typed, nor is a sender's prefix."""
    assert codes(f"a {text}, b") == [code]


@pytest.mark.parametrize(
    "text",
    [
        "+1 (415) 555-0134",
        "(817) 697-4520",
        "800-531-8722",
        "1-800-555-0199",
        "8 (495) 123-45-67",
        "010-1234-5678",
        "01 23 45 67 89",
        "0800 123 456",
        "800 123456",
        "900 12 34 56",
    ],
)
def test_phone_numbers_are_no_candidates(text: str) -> None:
    """As they are written in several countries."""
    assert codes(f"a {text}, b") == []


@pytest.mark.parametrize(
    "text",
    [
        *("31/05/2024", "2024-05-31", "31.05.24", "31-05-2024", "31 May 2024", "31 мая 2024"),
        *("May 31, 2024", "14:05", "14:05:22", "31052024", "20240531"),
        *("1405 hrs", "205 PM", "0900 - 1730", "0900-1730", "*105*4821#", "*247#"),
        *("1,234", "1,23,456.00", "1.250,00", "1 250,00", "4999.00"),
        *("*4471", "**** 4471", "XX4471", "xxx-4471", "...4471", "••4471", "4111xxxx1111"),
        "4821 9912 0034 5521",
    ],
)
def test_dates_times_sums_and_tails_are_no_candidates(text: str) -> None:
    """Nor are masked cards, service codes to dial and the long numbers of vouchers."""
    assert codes(f"a {text}, b") == []


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example/123456?code=4711",
        "www.acme.example/4711",
        "v.acme.com/105876",
        "12345.co/x",
        "98point6.com",
        "dana4711@mail.example.com",
    ],
)
def test_links_are_blanked_out_in_place(link: str) -> None:
    """Their digits are no codes, their words no keywords; positions stay as they were."""
    assert without_links(f"see {link} now") == f"see {' ' * len(link)} now"


@pytest.mark.parametrize("text", ["123456.Do not share", "Your code is 4711.Thanks", "3.5 or so"])
def test_a_sentence_without_a_space_is_no_link(text: str) -> None:
    """Senders save spaces, too."""
    assert without_links(text) == text


def test_a_colon_makes_small_letters_a_candidate_at_the_end_of_a_line() -> None:
    """What follows in "PASS: mifsuc" may be a code, what follows in "pass: please wait" is not."""
    assert codes("PASS: mifsuc\nx") == ["PASS", "mifsuc"]
    assert codes("pass: please wait") == []
    assert codes("pass: hzkqpt. Wait") == ["hzkqpt"]


def test_letters_without_vowels_are_no_word() -> None:
    """So are letters one by one; whoever reads them aloud spells them."""
    [random] = find_candidates("QWRTZP")
    [spelled] = find_candidates("K A V O")
    [word] = find_candidates("KAVOTE")
    [acronym] = find_candidates("HSBC")
    assert (random.is_word, spelled.is_word) == (False, False)
    assert (word.is_word, acronym.is_word) == (True, True)


def test_what_colons_chain_is_no_candidate() -> None:
    """References and addresses of networks look like that."""
    assert codes("a FPY:IBFT:1354024319:5245:EVBLN, 00:1A:2B:3C:4D:5E, b") == []
    assert codes("OTP:482193:") == ["482193"]
