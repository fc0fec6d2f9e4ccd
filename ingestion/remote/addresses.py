"""Which network addresses a source may connect to, enforced on every connection it opens.

A name can resolve to another address each time it is asked for and a server can redirect anywhere,
so nothing is decided by names. An audit hook (PEP 578) sees each connection of Python's sockets at
the moment it is made, whichever library makes it, with the address that is really connected to.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import AF_INET, AF_INET6
from threading import Lock
from typing import Any

from indexes.errors import SourceError

Network = IPv4Network | IPv6Network

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
# A program of its own connects where no hook of this process sees it.
_STARTING = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"})
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits


@dataclass(frozen=True, slots=True)
class AddressRule:
    """Public addresses, and of the others those in ``allowed``, or all with ``allow_private``."""

    allow_private: bool = False
    allowed: tuple[Network, ...] = ()

    def permits(self, address: str) -> bool:
        """Whether ``address``, an IP address, may be connected to; a name never may."""
        try:
            # An IPv6 address may name its interface: "fe80::1%eth0".
            plain = _embedded(ip_address(address.partition("%")[0]))
        except ValueError:
            return self.allow_private
        if self.allow_private or any(plain in network for network in self.allowed):
            return True
        special = plain.is_multicast or plain.is_reserved
        # Site-local addresses, private before RFC 3879, still count as global.
        local = isinstance(plain, IPv6Address) and plain.is_site_local
        return plain.is_global and not special and not local

    @contextmanager
    def enforced(self, source: str) -> Iterator[Sequence[str]]:
        """Hold every connection that is opened inside to this rule; what was refused, so far.

        A library that hands work to threads of its own is held too: while any rule is enforced,
        a thread that entered none may only do what all of them permit. SourceError at the end if
        anything was refused, though the library went on without it: what it brought is not whole.
        """
        guard = _Guard(self, source)
        _install()
        token = _current.set(guard)
        with _lock:
            _active.append(guard)
        try:
            yield guard.refusals
        except Exception as exc:
            if guard.refusals:
                raise SourceError(guard.refusals[0]) from exc
            raise
        finally:
            with _lock:
                _active.remove(guard)
            _current.reset(token)
        if guard.refusals:
            raise SourceError(guard.refusals[0])


class _Refused(SourceError, OSError):
    """As a failed connection is to the library that wanted it, so that it cleans up."""


@dataclass(eq=False, slots=True)
class _Guard:
    """A rule while it is enforced, and what it has refused."""

    rule: AddressRule
    source: str
    refusals: list[str] = field(default_factory=list)

    def check_connection(self, connection: Any, address: object) -> None:
        host = address[0] if isinstance(address, tuple) and address else address
        internet = connection.family in {AF_INET, AF_INET6}
        if not (internet and isinstance(host, str) and self.rule.permits(host)):
            self.refuse(
                f"the source {self.source!r} led to {host!r}, which is no public address; if it is "
                'meant, set allow_private = true, or to a list of networks such as ["10.0.0.0/8"]'
            )

    def check_program(self) -> None:
        if not self.rule.allow_private:
            self.refuse(
                f"the source {self.source!r} starts another program, whose connections cannot be "
                "checked; if it may connect anywhere, set allow_private = true"
            )

    def refuse(self, message: str) -> None:
        self.refusals.append(message)
        raise _Refused(message)


_current: ContextVar[_Guard | None] = ContextVar("guard", default=None)
_active: list[_Guard] = []
_lock = Lock()
_installed: list[bool] = []


def _install() -> None:
    """Once per process: a hook cannot be removed, so no process has one that needs none."""
    with _lock:
        if not _installed:
            sys.addaudithook(_audit)
            _installed.append(True)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CONNECTING and _active and arguments[1] is not None:
        own = _current.get()
        for guard in [own] if own else list(_active):
            if not guard.rule.allow_private:
                guard.check_connection(arguments[0], arguments[1])
    elif event in _STARTING and (starting := _current.get()) is not None:
        starting.check_program()


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
