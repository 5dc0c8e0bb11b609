"""`survey serve`: Huifang for real use, on this machine or, over TLS, for the surveyors' machines on the same network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from survey.tls import Pair

EVERYWHERE = "0.0.0.0"
SECURE = {"SESSION_COOKIE_SECURE": True, "REMEMBER_COOKIE_SECURE": True, "PREFERRED_URL_SCHEME": "https"}


@click.command("serve")
@click.option("--host", help="监听的地址，默认只限本机 · address to listen on; default: this machine only")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="端口 · port")
@click.option(
    "--lan",
    is_flag=True,
    help="供局域网内的其他电脑使用（TLS） · for other machines on the network, over TLS",
)
@click.option("--cert", type=click.Path(path_type=Path), help="自备证书（PEM） · a certificate of your own")
@click.option("--key", type=click.Path(path_type=Path), help="该证书的私钥（PEM） · its private key")
def serve(host: str | None, port: int, lan: bool, cert: Path | None, key: Path | None) -> None:
    """启动回访系统，Ctrl-C 停止 · serve until Ctrl-C.

    不加选项时只有本机能打开；--lan 供其他电脑使用，全程加密，首次运行时自制证书。
    """
    from survey.commands.opening import opened

    with opened() as app:  # settings, keys and database are in order before anybody connects
        folder = Path(app.config["INSTANCE"])
    serve_from(folder, host=host, port=port, lan=lan, cert=cert, key=key)


def serve_from(
    folder: Path,
    *,
    host: str | None = None,
    port: int = 8000,
    lan: bool = False,
    cert: Path | None = None,
    key: Path | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Say where to go, and serve until stopped. `folder` keeps the certificate; the database is up to date already."""
    from survey import serving
    from survey.commands.opening import in_use

    address = serving.resolve(host) if host else EVERYWHERE if lan else "127.0.0.1"
    pair = pair_for(folder, address, lan, cert, key)
    refuse_plain_network(address, pair)
    serving.refuse_taken_port(address, port)
    announce(address, port, pair, own=cert is None)
    with in_use(folder):
        serving.serve(address, port, {**(settings or {}), **(SECURE if pair else {})}, pair)
    click.echo("已停止 · stopped")


def pair_for(folder: Path, address: str, lan: bool, cert: Path | None, key: Path | None) -> Pair | None:
    """The certificate given, else one made here when the network is to be served; None for this machine alone."""
    from survey import serving, tls
    from survey.errors import N_, Invalid
    from survey.private import refuse_loose
    from survey.web.clock import now

    if (cert is None) != (key is None):
        raise Invalid("certificate-half", N_("--cert 与 --key 须同时给出。"))
    if cert is not None and key is not None:
        tls.check_pair(tls.Pair(cert, key))
        refuse_loose(key)
        return tls.Pair(cert, key)
    if not lan:
        return None
    names = ["localhost", *serving.own_names(), "127.0.0.1", *addresses_of(address)]
    pair = tls.own_pair(folder, list(dict.fromkeys(names)), now())
    tls.check_pair(pair)
    refuse_loose(pair.key)
    return pair


def refuse_plain_network(address: str, pair: Pair | None) -> None:
    from survey.errors import N_, Conflict
    from survey.serving import is_loopback

    if pair is None and not is_loopback(address):
        raise Conflict(
            "plain-network",
            N_(
                "%(address)s 是网络上的地址，不加密会让密码和电话号码在网上可见。请加 --lan，或用 --cert 与 --key 给出证书。"
            ),
            address=address,
        )


def addresses_of(address: str) -> list[str]:
    """What people type to reach the address that is listened on."""
    from survey.serving import lan_addresses

    return lan_addresses() if address in (EVERYWHERE, "::") else [address]


def announce(address: str, port: int, pair: Pair | None, *, own: bool) -> None:
    from survey.tls import fingerprint, names_of

    if pair is None:
        click.echo(f"打开 · open: {site('http', address, port)}（只限本机 · this machine only）")
    else:
        reached = addresses_of(address) if own else names_of(pair.certificate)
        for name in reached or ["localhost"]:
            click.echo(f"打开 · open: {site('https', name, port)}")
    if pair is not None and own:
        click.echo(
            "首次打开时浏览器会提示证书未知，请核对指纹一致再继续 · "
            "browsers warn at the first visit; go on only when this SHA-256 fingerprint is the same:"
        )
        click.echo(f"  {fingerprint(pair.certificate)}")
    click.echo("停止 · stop: Ctrl-C")


def site(scheme: str, address: str, port: int) -> str:
    return f"{scheme}://[{address}]:{port}/" if ":" in address else f"{scheme}://{address}:{port}/"
