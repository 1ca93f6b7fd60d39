import httpx

from pytest_otp import Phone


def test_sign_up(base_url: str, otp_phone: Phone) -> None:
    with httpx.Client(base_url=base_url, follow_redirects=True) as client:
        client.post("/sign-up", data={"country": otp_phone.country, "number": otp_phone.national})
        welcome = client.post("/verify", data={"code": otp_phone.wait_for_code()})
    assert "Welcome" in welcome.text
