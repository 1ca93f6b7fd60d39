"""One file a provider, under the same name as its client in ``pytest_otp/providers/``.

A dialect turns that provider's requests into calls on the world, and the results into that
provider's bytes. It shares nothing with the client: both are read from the document.
"""
