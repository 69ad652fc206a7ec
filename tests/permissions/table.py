"""Print what nobody misses: `PYTHONPATH=tests python -m permissions.table`; takes some minutes."""

import sys

from bluegreen_simulator.run.stack import transformed
from permissions.removals import permissions_of
from permissions.search import notice
from permissions.unnoticed import reason_of
from registry_account import TEMPLATE


def main() -> None:
    """A line for each permission that is not missed, with its reason, and a count."""
    permissions = permissions_of(transformed(TEMPLATE))
    missing = [one for one in permissions if notice(one) is None]
    for one in missing:
        sys.stdout.write(f"{one}\n    {reason_of(one) or 'NO REASON'}\n")
    sys.stdout.write(f"{len(missing)} of {len(permissions)} are not missed.\n")


if __name__ == "__main__":
    main()
