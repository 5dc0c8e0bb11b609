"""Ports for servers that tests start in processes of their own."""

import random
import socket

#: below the ports that the system hands out by itself (from 32768), so that no connection takes one in between
OWN = range(20_000, 32_000)


def free_port() -> int:
    """A port of this machine that nobody listens on; by chance, so that workers side by side do not meet."""
    while True:
        port = random.SystemRandom().choice(OWN)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
