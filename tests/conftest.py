"""What was collected stays to the end of the run: looking for garbage in it takes time in vain."""

import gc


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
