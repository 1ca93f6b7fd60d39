"""What the kit decides, without a socket, a file, a clock, a thread or pytest.

Everything here is a flow (see ``effects``) or a plain function, so that a test plays ten minutes
of polling in virtual time and may stop a lease's life after any single effect.
"""
