"""The control route of the server: faults on demand, and what time it is and how fast it runs."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

import yaml
from moto.awslambda_simple.models import lambda_simple_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from bluegreen.contract.json_text import read_json
from bluegreen.contract.times import to_text
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.inputs.faults import plan_of, require_names
from bluegreen_simulator.inputs.members import ScenarioError, number, require_members
from bluegreen_simulator.rules.faults.report import shown
from bluegreen_simulator.run import faults

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

ROUTE: Final = "/_bluegreen/"
BAD_REQUEST: Final = 400
FAULTS_SHAPE: Final = "A request is an object with members as under given.faults of a scenario."
SPEED: Final = {"speed": number(1, 1000)}
SPEED_SHAPE: Final = 'A request is an object with the member speed, as in {"speed": 60}.'


class Control:
    """A WSGI application that serves the control route itself and passes on everything else."""

    def __init__(self, world: World, application: Application) -> None:
        self._world = world
        self._application = application

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer in JSON; what cannot be understood is refused in one line."""
        request = Request(environ)
        if not request.path.startswith(ROUTE):
            return self._application(environ, start)
        try:
            response = _json(self._answer(request))
        except ScenarioError as refused:
            response = _json({"error": str(refused)}, BAD_REQUEST)
        except HTTPException as error:
            response = _json({"error": str(error)}, error.code or BAD_REQUEST)
        return response(environ, start)

    def _answer(self, request: Request) -> object:
        match request.path.removeprefix(ROUTE), request.method:
            case "clock", "GET":
                return self._time()
            case "clock", "POST":
                self._set_speed(_body(request, SPEED_SHAPE))
                return self._time()
            case "faults", "POST":
                self._add(_body(request, FAULTS_SHAPE))
            case "faults", "DELETE":
                faults.clear(self._world)
            case "faults", "GET":
                pass
            case (("faults" | "clock"), _):
                raise MethodNotAllowed
            case _:
                raise NotFound
        return {"faults": shown(self._world.faults, self._world.clock.now())}

    def _time(self) -> dict[str, object]:
        clock = self._world.clock
        behind = clock.behind
        return {
            "now": to_text(clock.now()),
            "speed": clock.speed,
            "behind_seconds": None if behind is None else round(behind.total_seconds(), 3),
        }

    def _set_speed(self, body: dict[str, Any]) -> None:
        require_members(body, SPEED, "")
        if "speed" not in body:
            raise ScenarioError(SPEED_SHAPE)
        self._world.clock.scale(body["speed"])

    def _add(self, body: dict[str, Any]) -> None:
        plan = plan_of(body, "")
        require_names(plan, self._functions(), self._states(), "")
        faults.add(self._world, plan)

    def _states(self) -> list[str]:
        """The states of every workflow."""
        backend = stepfunctions_parser_backends[self._world.account_id][self._world.region]
        return [
            state
            for machine in backend.state_machines
            for state in yaml.safe_load(machine.definition)["States"]
        ]

    def _functions(self) -> list[str]:
        """The functions of the stack by the names of their states and handlers."""
        backend = lambda_simple_backends[self._world.account_id][self._world.region]
        names = [function.function_name for function in backend.list_functions()]
        return sorted(name.removeprefix("bluegreen-").partition("Function-")[0] for name in names)


def _body(request: Request, shape: str) -> dict[str, Any]:
    try:
        body = read_json(request.get_data().decode())
    except ValueError as error:
        raise ScenarioError(f"The request is no JSON: {error}. {shape}") from error
    if not isinstance(body, dict):
        raise ScenarioError(shape)
    return body


def _json(body: object, status: int = 200) -> Response:
    return Response(f"{json.dumps(body)}\n", status, content_type="application/json")
