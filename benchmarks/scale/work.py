"""Whose work it is: processor time in our functions, and in the embedded AWS that runs them.

Every task of the embedded AWS is a thread that runs alone, so a thread's own time is what it did.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from botocore.client import BaseClient

from bluegreen_simulator.aws.lambda_ import runtime
from bluegreen_simulator.aws.lambda_.process import running_function


@dataclass
class Work:
    """Seconds of processor time: of the process, in handlers, and there in calls of AWS.

    A call of AWS is botocore's work and moto's, in one process.
    """

    total: float = 0
    in_handlers: float = 0
    in_calls: float = 0
    _began: float = field(default=0, repr=False)

    @classmethod
    @contextmanager
    def measured(cls) -> Iterator[Self]:
        """Measure from now on, until it is left."""
        client: Any = BaseClient
        work, find, call = cls(), runtime._handler, client._make_api_call  # noqa: SLF001 - measured from outside
        runtime._handler = lambda function: work._timed_handler(find(function))  # noqa: SLF001 - likewise
        client._make_api_call = work._timed_call(call)  # noqa: SLF001 - likewise
        try:
            yield work
        finally:
            runtime._handler, client._make_api_call = find, call  # noqa: SLF001 - likewise

    def begin(self) -> None:
        """Forget what was done before."""
        self.in_handlers = self.in_calls = 0
        self._began = time.process_time()

    def end(self) -> None:
        """Count no more."""
        self.total = time.process_time() - self._began

    @property
    def ours(self) -> float:
        """In our functions themselves, and in Powertools."""
        return self.in_handlers - self.in_calls

    def _timed_handler(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any) -> Any:  # noqa: ANN401 - whatever a handler is given, and gives
            began = time.thread_time()
            try:
                return handler(*given)
            finally:
                self.in_handlers += time.thread_time() - began

        return timed

    def _timed_call(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any) -> Any:  # noqa: ANN401 - as above
            if running_function() is None:
                return call(*given)
            began = time.thread_time()
            try:
                return call(*given)
            finally:
                self.in_calls += time.thread_time() - began

        return timed
