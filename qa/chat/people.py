"""Who may ask, and how often: the file of passwords, a trusted proxy's header, the limit of questions."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ingest.errors import TenkyoError

# Wrong passwords that one name may be tried with from one address, and one address may try, before it waits.
_TRIES, _TRIES_OF_ALL = "10/minute", "30/minute"


class Rate:
    """So many questions in so much time, for each person."""

    def __init__(self, limit: str) -> None:
        """
        :param limit: as "60/minute" or "1000/day"; "" is no limit
        :raises TenkyoError: it is neither
        """
        try:
            self._limit = parse(limit) if limit else None
        except ValueError as error:
            hint = "60/minute や 1000/day のように書いてください"
            raise TenkyoError(limit, "回数の制限として読めません", hint) from error
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def allows(self, person: str) -> bool:
        """Whether the person may go on; this call counts."""
        return self._limit is None or self._counter.hit(self._limit, person)

    def would(self, person: str) -> bool:
        """Whether the person may go on; this call does not count."""
        return self._limit is None or self._counter.test(self._limit, person)


class Passwords:
    """Names and hashed passwords in a file, one `name:hash` a line, read again when it changes."""

    def __init__(self, file: Path) -> None:
        """:raises TenkyoError: the file cannot be read, or has a line of another form"""
        self._file = file
        self._hasher = PasswordHasher()
        # Whoever is not listed costs as much time as one who is: names cannot be found out by the clock.
        self._nobody = self._hasher.hash("")
        self._lock = threading.Lock()
        self._tries, self._of_all = Rate(_TRIES), Rate(_TRIES_OF_ALL)
        self._read_at = 0
        self.tokens: MutableMapping[str, str] = {}
        self._hashes = self._read()

    def check(self, name: str, password: str, peer: str = "") -> bool:
        """Whether this is the name's password; what was wrong counts, what was right does not."""
        tried = f"{peer} {name[:100]}"
        if not (self._tries.would(tried) and self._of_all.would(peer)):
            return False
        known = self._current().get(name)
        try:
            if self._hasher.verify(known or self._nobody, password) and known is not None:
                return True
        except (VerificationError, InvalidHashError):
            pass
        self._tries.allows(tried)
        self._of_all.allows(peer)
        return False

    def forget(self) -> None:
        """Sign out those whose names no longer stand in the file; `tokens` is who is signed in."""
        before = self._hashes
        if self._current() is not before:
            for token, name in list(self.tokens.items()):
                if self._hashes.get(name) != before.get(name):
                    self.tokens.pop(token, None)

    def _current(self) -> Mapping[str, str]:
        with self._lock:
            try:
                if self._file.stat().st_mtime_ns != self._read_at:
                    self._hashes = self._read()
            except (OSError, TenkyoError):
                pass  # while it is being replaced, or is broken now: those who could come in still can
            return self._hashes

    def _read(self) -> dict[str, str]:
        self._read_at = 0
        hashes = read(self._file)
        self._read_at = self._file.stat().st_mtime_ns
        return hashes


def read(file: Path) -> dict[str, str]:
    """Hashes by name.

    :raises TenkyoError: the file cannot be read, or has a line of another form
    """
    hint = "tenkyo passwd ファイル 名前 で作ってください"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TenkyoError(file, "パスワードのファイルを読めません", hint) from error
    found = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, hashed = line.partition(":")
        if not name or not hashed.startswith("$argon2"):
            raise TenkyoError(f"{file}:{number}", "「名前:ハッシュ」の形ではありません", hint)
        found[name] = hashed.strip()
    return found


def write(file: Path, name: str, password: str) -> None:
    """Set a name's password; the file is whole at every moment and for its owner's eyes only.

    :raises TenkyoError: the name cannot be one, or the file cannot be written
    """
    if not name.strip() or ":" in name or not name.isprintable() or name.startswith("#"):
        raise TenkyoError(name, "名前として使えません", "コロンと改行を含まない名前にしてください")
    if not password:
        raise TenkyoError(name, "パスワードが空です", "一文字以上のパスワードを入力してください")
    hashes = read(file) if file.exists() else {}
    hashes[name] = PasswordHasher().hash(password)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.writelines(f"{known}:{hashed}\n" for known, hashed in hashes.items())
            out.flush()
            os.fsync(out.fileno())
        aside.replace(file)
    except OSError as error:
        raise TenkyoError(file, "書けません", error.strerror or str(error)) from error


def from_proxy(header: str, trusted: Iterable[str], peer: str, headers: Mapping[str, str]) -> str | None:
    """The name that a trusted reverse proxy vouches for; None if there is none or somebody else says so.

    :param header: the header the proxy sets, as "X-Forwarded-User"
    :param peer: the address the request came from
    """
    name = headers.get(header.lower(), "").strip()
    return name if name and peer in trusted else None
