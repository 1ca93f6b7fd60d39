"""How a form in a browser is read and filled in; the public face is ``pytest_otp.playwright``."""
