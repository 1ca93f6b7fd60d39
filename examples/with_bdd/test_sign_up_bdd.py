from playwright.sync_api import Page, expect
from pytest_bdd import given, scenarios, then, when

from pytest_otp import Phone
from pytest_otp.playwright import fill_code, fill_phone

scenarios("sign_up.feature")


@given("a visitor who has a phone")
def visit(page: Page, otp_phone: Phone) -> None:
    page.goto("/sign-up")
    fill_phone(page.get_by_label("Phone"), otp_phone)


@when("they ask for a code")
def ask(page: Page) -> None:
    page.get_by_role("button", name="Send code").click()


@when("they enter the code that arrives")
def enter(page: Page, otp_phone: Phone) -> None:
    fill_code(page.get_by_label("Code"), otp_phone.wait_for_code())


@then("they are welcome")
def welcome(page: Page) -> None:
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
