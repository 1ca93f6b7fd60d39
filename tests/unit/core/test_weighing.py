"""Which word gets a number, and what that says about it."""

from __future__ import annotations

import pytest

from pytest_otp.core.plaintext import plain
from pytest_otp.core.weighing import ENOUGH, Message


def owner(text: str, code: str) -> str | None:
    """Return the word that claims a number."""
    weights = {candidate.code: weight for candidate, weight in Message(plain(text)).weigh()}
    mark = weights[code].owner
    return mark.word if mark else None


def score(text: str) -> float:
    """Return the weight of the only number."""
    [(_, weight)] = Message(plain(text)).weigh()
    return weight.score


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Code 482193", "code"),
        ("482193 is your code", "code"),
        ("Order 482193, code 1111", "order"),
        ("Code no. 482193", "code"),
        ("Verification code for your account: 482193", "verification code"),
        ("The password for your card is 482193", "password"),
        ("Enter 482193 code for your card", "code"),
        ("code: text GO to 482193", "text"),
        ("code 482193 minutes", "minute"),
        ("code EUR 482193", "EUR"),
        ("Your reservation code: 482193", "code"),
        ("OTP limit of 482193", "limit of"),
        ("A one-time password for sums above 482193", "above"),
        ("The code works from 0900 to 482193", "from"),
        ("Code kept from Berlin to here: 482193", "code"),
        ("Code 482193 expired", "expired"),
        ("Shop without a code for 482193", "without a code"),
        ("Dear customer, 482193 is your code", "code"),
        ("Account closed. Your login code 482193", "login code"),
        ("Promo code A1B2C3, OTP 482193", "OTP"),
        ("[Card] password 482193", "password"),
        ("Verification code for your account Acme: 482193", "verification code"),
        ("请勿泄露验证码。工单号482193", "工单"),
        ("For account 77120 enter 482193", "enter"),
        ("TAC No. 482193", "TAC"),
        ("Acme 482193 is your code", "code"),
        ("To unlock the account enter 482193", "enter"),
        ("Order 482193 enter", "order"),
        ("Booking, login: use code 482193", "code"),
        ("Password for the account. 482193", "password"),
        ("Password by ref. 482193", "ref"),
        ("Confirm 450.000 VND with 482193", "confirm"),
    ],
)
def test_the_word_that_gets_a_number(text: str, word: str | None) -> None:
    """Kind and distance decide; colons and "is" belong to the code rather than to a label."""
    assert owner(text, "482193") == word


@pytest.mark.parametrize(
    "text",
    ["Order 482193", "482193 EUR", "48219 points", "promo code 482193", "reservation code 482193"],
)
def test_another_words_number_weighs_nothing(text: str) -> None:
    """It is out, whatever else speaks for it."""
    assert score(text) < 0


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("Your one-time password 4711", "Your password 4711"),
        ("Your code: 4711", "Your code 4711"),
        ("Your code is 4711", "Your code to all this 4711"),
        ("Code 4711 to log in", "Code 4711 to do it"),
        ("Code 471147", "Code 471"),
        ("Code 1234", "Code 2024"),
        ("Code 123-456", "Code 1234567"),
        ("Code 123 456", "Code 12 34 56"),
        ("Code 4711", "Code. Some time later 4711"),
        ("Code A1B2C3", "Code SUMMER20"),
        ("Code 4711", "Get 20% off with code 4711"),
        ("Code 4711", "Get 20% off! Code 4711"),
        ("Code A1B2C3. Thanks", "Code A1B2C3. 20% off"),
        ("Code 4711", "Code 4700"),
        ("Never share an OTP. 4711", "Never share an OTP. Xyzzy 4711"),
        ("OTP 4711", "OTP xyzzy 4711"),
        ("4711. Never share an OTP", "Xyzzy 4711. Never share an OTP"),
        ("Login 4711 is for you", "Login to xyzzy 4711 is for you"),
        ("Your code 4711", "boarding code 4711"),
        ("The boarding code is 4711", "The boarding code 4711"),
        ("The boarding code 4711. Log in", "The boarding code 4711. Fly in"),
        ("Log in with 4711", "Log in to it 4711"),
        ("Enter 4711", "Desk 4711"),
        (
            "Acme: 4711. This is your code",
            "We met at noon. Acme: 4711. This is your code",
        ),
        ("Log in 482193", "Log in, earn 20% off 482193"),
    ],
)
def test_what_speaks_for_a_number_and_what_against(more: str, less: str) -> None:
    """Each pair differs in one thing."""
    assert score(more) > score(less)


def test_a_lone_number_without_a_word_is_taken_only_where_it_stands_out() -> None:
    """Six digits in a short message, set off by a colon: the least that is enough."""
    assert score("Xyzzy: 482193") >= ENOUGH
    assert score("Xyzzy 482193 xyzzy") < ENOUGH
    assert score("Xyzzy: 48219") < ENOUGH
