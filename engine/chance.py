"""Randomness has a name: one key, one number, in any order, in any process, for ever.

The encoding and the hash are part of every recorded run. Never change them.
"""

from hashlib import blake2b
from typing import Final

_RESOLUTION: Final = 2.0**-53  # the spacing of the doubles below 1


def uniform(seed: int, *key: str | int) -> float:
    """The number in [0, 1) that belongs to `seed` and `key`, uniform over keys, in steps of 2**-53.

    Parts are told apart by type and length: `("ab", "c")`, `("a", "bc")`, `(1,)` and `("1",)` all differ.
    """
    text = f"i{seed},"
    for part in key:
        text += f"{len(part)}:{part}," if isinstance(part, str) else f"i{part},"
    digest = blake2b(text.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) * _RESOLUTION
