"""SMSGang: activations without a cancel, numbers by the month, WhatsApp notifications, API keys.

The endpoints that sell followers and views are left out: a verification test has no use for
bought engagement.
"""

from pytest_otp.providers.smsgang.provider import SmsGangProvider

__all__ = ["SmsGangProvider"]
