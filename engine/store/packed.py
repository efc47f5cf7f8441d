"""Files as people get and send them: plain or compressed, told apart by their first bytes."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol

from engine.errors import InputError

_MAGIC_BYTES: Final = 6  # the longest of the marks below
_ZIP: Final = b"PK\x03\x04"
_DAMAGE: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


class _Plain(Protocol):
    def readline(self, limit: int, /) -> bytes: ...
    def read(self, limit: int, /) -> bytes: ...


class Unpacked:
    """An open file as the plain bytes in it; `size` is that on disk. Raises InputError for a file that cannot
    be read, also in the middle of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._packed: BinaryIO = path.open("rb")
        except OSError as error:
            raise InputError([f"{path}: cannot be read: {error.strerror}"]) from error
        try:
            self.size = path.stat().st_size
            self._plain = self._opened()
        except _DAMAGE as error:
            self.close()
            raise self._damaged(error) from error
        except BaseException:
            self.close()
            raise

    def readline(self, limit: int) -> bytes:
        """The next line, or as much of it as the limit lets through; nothing at the end."""
        try:
            return self._plain.readline(limit)
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def read(self, limit: int) -> bytes:
        """The next bytes, as many as the limit says unless the end is nearer; nothing at the end."""
        try:
            return self._plain.read(limit)
        except _DAMAGE as error:
            raise self._damaged(error) from error

    @property
    def position(self) -> int:
        """How far the file on disk is read, in bytes."""
        return self._packed.tell()

    def close(self) -> None:
        self._packed.close()

    def _opened(self) -> _Plain:
        start = self._packed.read(_MAGIC_BYTES)
        self._packed.seek(0)
        if start.startswith(b"\x1f\x8b"):
            return gzip.open(self._packed)
        if start.startswith(b"BZh"):
            return bz2.open(self._packed)
        if start.startswith(b"\xfd7zXZ\x00"):
            return lzma.open(self._packed)
        if start.startswith(_ZIP):
            return self._only_file()
        return self._packed

    def _only_file(self) -> _Plain:
        archive = zipfile.ZipFile(self._packed)
        files = [each for each in archive.infolist() if not each.is_dir() and not _is_clutter(each.filename)]
        if len(files) != 1:
            raise InputError([f"{self._path}: has {len(files)} files in it; one is wanted"])
        if files[0].flag_bits & 1:
            raise InputError([f"{self._path}: needs a password; unpack it first"])
        return io.BufferedReader(archive.open(files[0]))  # type: ignore[type-var]

    def _damaged(self, error: BaseException) -> InputError:
        return InputError([f"{self._path}: is damaged, and cannot be read to its end: {error}"])


def _is_clutter(name: str) -> bool:
    """What some systems add to every archive."""
    return "__MACOSX" in PurePosixPath(name).parts or PurePosixPath(name).name == ".DS_Store"
