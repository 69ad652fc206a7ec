"""Wildcards of IAM policies: `*` is any text, `?` any character, and nothing else is special."""

import re
from functools import lru_cache
from typing import Final

PARTS_OF_ARN: Final = 6


@lru_cache(maxsize=4096)
def is_like(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    literal = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(literal, re.DOTALL)


def is_like_arn(pattern: str, arn: str) -> bool:
    """Whether each of the six parts of an ARN is as that of the pattern (IAM, "ARN operators")."""
    wanted, found = (text.split(":", PARTS_OF_ARN - 1) for text in (pattern, arn))
    return len(wanted) == len(found) and all(map(is_like, wanted, found))
