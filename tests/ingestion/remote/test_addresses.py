"""Which addresses may be connected to, whatever library connects and whatever the name says."""

import asyncio
import socket
import subprocess
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_network
from threading import Event, Thread

import pytest

from indexes.errors import SourceError
from ingestion.remote.addresses import AddressRule
from tests.ingestion.remote.servers import LOOPBACK, PUBLIC, Response, serving

PRIVATE = """
127.0.0.1 127.8.8.8 10.1.1.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1
0.0.0.0 0.1.2.3 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12::1 fec0::1 ::ffff:127.0.0.1
::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: ::127.0.0.1 224.0.0.1 ff02::1 255.255.255.255
240.0.0.1 198.18.0.1 192.0.2.1 2001:db8::1
""".split()
OPEN = "8.8.8.8 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_unless_allowed(address: str) -> None:
    assert not AddressRule().permits(address)
    assert AddressRule(allow_private=True).permits(address)


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses_are_permitted(address: str) -> None:
    assert AddressRule().permits(address)


def test_a_list_of_networks_allows_these_alone() -> None:
    rule = AddressRule(allowed=(ip_network("10.1.0.0/16"), ip_network("fd00::/8")))
    permitted = [
        a for a in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "9.9.9.9") if rule.permits(a)
    ]
    assert len(permitted) == 4
    assert not any(map(rule.permits, ("10.2.0.1", "127.0.0.1", "fc00::1", "localhost")))


def connect(host: str, port: int) -> None:
    socket.create_connection((host, port), timeout=2).close()


def fetch(host: str, port: int) -> None:
    urllib.request.urlopen(f"http://{host}:{port}/", timeout=2).close()


def datagram(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"?", (host, port))


def asynchronous(host: str, port: int) -> None:
    async def ask() -> None:
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
        await writer.wait_closed()

    asyncio.run(ask())


def in_a_thread(host: str, port: int) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(connect, host, port).result()


WAYS: list[Callable[[str, int], None]] = [connect, fetch, datagram, asynchronous, in_a_thread]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_every_way_to_connect_is_held_to_the_rule(
    way: Callable[[str, int], None], host: str
) -> None:
    with serving(lambda _: Response(b"secret")) as server:
        with (
            pytest.raises(
                SourceError, match=r"the source 'wiki' led to '(127\.0\.0\.1|::1|localhost)'"
            ),
            PUBLIC.enforced("wiki"),
        ):
            way(host, server.port)
        assert server.requests == []
        with LOOPBACK.enforced("wiki"):
            way(host, server.port)
        way(host, server.port)


def raise_another_error(port: int) -> None:
    try:
        connect("127.0.0.1", port)
    except OSError as exc:
        raise RuntimeError("failed") from exc


def test_what_a_library_swallows_is_still_refused() -> None:
    with serving(lambda _: Response(b"secret")) as server:
        with (
            pytest.raises(SourceError, match="no public address"),
            PUBLIC.enforced("wiki"),
            suppress(OSError),
        ):
            connect("127.0.0.1", server.port)
        with pytest.raises(SourceError, match="no public address"), PUBLIC.enforced("wiki"):
            raise_another_error(server.port)


def test_a_socket_of_this_machine_is_no_public_address(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = str(tmp_path_factory.mktemp("s") / "docker.sock")
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(path)
        listener.listen()
        with pytest.raises(SourceError, match="no public address"), PUBLIC.enforced("wiki"):
            client.connect(path)
        with LOOPBACK.enforced("wiki"):
            client.connect(path)


def test_another_program_is_not_started() -> None:
    with pytest.raises(SourceError, match="starts another program"), PUBLIC.enforced("wiki"):
        subprocess.run(["true"], check=True)
    with LOOPBACK.enforced("wiki"):
        subprocess.run(["true"], check=True)


def test_each_thread_has_its_own_rule() -> None:
    inside, done = Event(), Event()

    def hold_a_strict_rule() -> None:
        with pytest.raises(SourceError, match="'website'"), PUBLIC.enforced("website"):
            wait()

    def wait() -> None:
        inside.set()
        done.wait(10)

    with serving(lambda _: Response(b"")) as server:
        strict = Thread(target=hold_a_strict_rule)
        strict.start()
        inside.wait(10)
        try:
            with LOOPBACK.enforced("wiki"):
                connect("127.0.0.1", server.port)
            # Of a thread that entered no rule nobody knows whose it is.
            with pytest.raises(OSError, match="'website'"):
                connect("127.0.0.1", server.port)
        finally:
            done.set()
            strict.join()
        connect("127.0.0.1", server.port)
