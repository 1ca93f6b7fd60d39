from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import title_contains
from selenium.webdriver.support.wait import WebDriverWait

from pytest_otp import Phone
from pytest_otp.selenium import fill_code, fill_phone


def test_sign_up(driver: Chrome, base_url: str, otp_phone: Phone) -> None:
    driver.get(f"{base_url}/sign-up")
    fill_phone(driver, otp_phone)
    driver.find_element(By.XPATH, "//button[text()='Send code']").click()
    fill_code(driver, otp_phone.wait_for_code())
    WebDriverWait(driver, 5).until(title_contains("Welcome"))
