"""A small site with a phone-verified sign-up: the application under test of the examples.

It stands for yours: it runs in a process of its own, sends its SMS by HTTP to whatever gateway the
environment names, and knows nothing of the kit that tests it. It keeps everything in memory.
"""
