"""The embedded server: one process with several threads, over TLS when other machines take part."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from survey.errors import N_, Conflict

if TYPE_CHECKING:
    from flask import Flask

    from survey.tls import Pair

#: Python threads that answer requests; fewer than the connections a database pool gives out (15)
THREADS = 8
#: seconds that a stop waits for requests under way
GRACE = 10
#: an address that is never reached: asking for the way to it tells our own address
ELSEWHERE = ("192.0.2.1", 9)


def serve(address: str, port: int, settings: Mapping[str, Any], pair: Pair | None) -> None:
    """Serve until Ctrl-C or SIGTERM. `settings` go to create_app, which runs once, in the process that answers."""
    from granian import Granian
    from granian.constants import Interfaces, SSLProtocols
    from granian.log import LogLevels

    server = Granian(
        "survey", address=address, port=port, interface=Interfaces.WSGI, workers=1, blocking_threads=THREADS,
        workers_kill_timeout=GRACE, websockets=False, log_level=LogLevels.error,
        ssl_cert=pair.certificate if pair else None, ssl_key=pair.key if pair else None,
        ssl_protocol_min=SSLProtocols.tls12,
    )  # fmt: skip
    loader: Callable[..., Any] = partial(load_app, dict(settings))
    server.serve(target_loader=loader, wrap_loader=False)


def load_app(settings: dict[str, Any]) -> Flask:
    """Runs in the process that answers requests."""
    from survey.app import create_app
    from survey.commands.retention import every_day

    threading.Thread(target=end_with_parent, name="end-with-parent", daemon=True).start()
    app = create_app(settings)
    threading.Thread(target=every_day, args=(app, threading.Event()), name="retention", daemon=True).start()
    return app


def end_with_parent() -> None:
    """A killed parent cannot stop this process, which would go on holding the port without anybody's knowledge."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def refuse_taken_port(address: str, port: int, patience: float = 2.0) -> None:
    """Raises Conflict when the port cannot be had. Waits a moment first: after a restart it may still be in use.

    The server itself would share a taken port silently, and requests would go to either.
    """
    deadline = time.monotonic() + patience
    while (fault := fault_of_binding(address, port)) is not None:
        if fault.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            raise port_error(address, port, fault)
        time.sleep(0.1)


def fault_of_binding(address: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def port_error(address: str, port: int, fault: OSError) -> Conflict:
    if fault.errno == errno.EADDRINUSE:
        return Conflict(
            "port-taken",
            N_(
                "端口 %(port)s 已被别的程序占用。请先停止它（也许 survey serve 已在运行），或用 --port 换一个端口。"
            ),
            port=port,
        )
    return Conflict(
        "port-unavailable",
        N_("不能在 %(address)s 的端口 %(port)s 上提供服务：%(reason)s。请换 --host 或 --port。"),
        address=address,
        port=port,
        reason=fault.strerror or str(fault),
    )


def resolve(host: str) -> str:
    """The address that a name stands for; raises Conflict when it stands for none."""
    try:
        return str(socket.getaddrinfo(host, None, socket.AF_UNSPEC, socket.SOCK_STREAM)[0][4][0])
    except OSError:
        raise Conflict("host-unknown", N_("“%(host)s”不是本机的地址，请改 --host。"), host=host) from None


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def lan_addresses() -> list[str]:
    """This machine's own IPv4 addresses other than loopback, the one used to reach others first."""
    found = [outgoing_address()]
    with contextlib.suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [address for address in dict.fromkeys(found) if address and not is_loopback(address)]


def outgoing_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)  # chooses a route; sends nothing
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def own_names() -> list[str]:
    """Names under which other machines may know this one, as far as a certificate can carry them."""
    name = socket.gethostname().lower()
    return [name, f"{name}.local"] if name.isascii() and name.strip(".") and name != "localhost" else []
