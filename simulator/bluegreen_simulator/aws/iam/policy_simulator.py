"""SimulatePrincipalPolicy: what a role is allowed to do, by its policies."""

from collections.abc import Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse

from bluegreen_simulator.aws.iam.principals import Role
from bluegreen_simulator.aws.iam.statements import Asked
from bluegreen_simulator.aws.world import World
from bluegreen_simulator.moto.replacements import ABSENT, replaces

KNOWN: Final = frozenset({"PolicySourceArn", "ActionNames", "ResourceArns"})


class _State:
    world: World


def install(world: World) -> None:
    """Ask the roles of this world."""
    _State.world = world


@replaces(
    IamResponse,
    "simulate_principal_policy",
    restores="SimulatePrincipalPolicy tells what the policies of a role allow.",
    original=ABSENT,
)
def simulate_principal_policy(response: IamResponse) -> ActionResult:
    """The decisions on each action, for all resources together and for each of them."""
    params: dict[str, Any] = response._get_params()  # noqa: SLF001 - moto's own access
    unknown = sorted(params.keys() - KNOWN - {"MaxItems"})
    if unknown or ":role/" not in params["PolicySourceArn"]:
        raise NotImplementedError(f"Only roles, without {', '.join(unknown) or 'users'}.")
    role: str = params["PolicySourceArn"]
    iam_backends[_State.world.account_id]["aws"].get_role(role.rpartition("/")[2])
    results = [_result(role, action, params) for action in params["ActionNames"]]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _result(role: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
    resources: list[str] = params.get("ResourceArns") or ["*"]
    decisions = {arn: Role(role).decision(_State.world, Asked(action, arn)) for arn in resources}
    worst = max(decisions.values(), key=["allowed", "implicitDeny", "explicitDeny"].index)
    return {
        "EvalActionName": action,
        "EvalResourceName": resources[0],
        "EvalDecision": worst,
        "ResourceSpecificResults": [
            {"EvalResourceName": arn, "EvalResourceDecision": decided}
            for arn, decided in decisions.items()
        ],
    }
