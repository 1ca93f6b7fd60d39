"""The emulator: both ends of the SMS world in one process.

Read ``world.py`` first: the state. Everything else is a way in (``dialects/``, ``gateways/``,
``control.py``, ``inbox/``), a way to run it (``app.py``, ``server.py``) or a way to hold it
(``handle.py``). Nothing here imports the provider clients: two readings of one document, one
by each side, are what the contract tests compare.
"""
