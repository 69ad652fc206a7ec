"""The command line of bluegreen."""
