import shutil
from collections.abc import Iterator

import pytest
from selenium import webdriver


@pytest.fixture
def driver() -> Iterator[webdriver.Chrome]:
    """Drive the Chromium that this machine has by the driver that it has."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-background-networking"):
        options.add_argument(argument)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options, service) as driver:
        yield driver
