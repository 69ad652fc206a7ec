"""`python -m bluegreen_smoke`, which is what `make smoke` calls."""

from bluegreen_smoke.main import main

if __name__ == "__main__":
    main()
