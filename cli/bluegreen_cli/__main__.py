"""`python -m bluegreen_cli` is the command `bluegreen`."""

from bluegreen_cli.main import main

main()
