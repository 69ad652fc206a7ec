"""CloudFormation: a stack is made, changed and deleted, resource by resource, with its events.

Rules: CloudFormation User Guide, "Stack failure options", "Stack update behaviors of resources",
"DeletionPolicy"; API `CreateStack`, `OnFailure`. What fails is told in the event of its resource,
and the stack goes back to what it was. Nothing that a resource raises leaves it in progress.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from bluegreen_simulator.aws.cloudformation import types
from bluegreen_simulator.aws.cloudformation.base_type import (
    ResourceType,
    changed_names,
    unknown_names,
)
from bluegreen_simulator.aws.cloudformation.failures import (
    AlreadyThere,
    Failed,
    is_not_found,
    reason_of,
)
from bluegreen_simulator.aws.cloudformation.intrinsics import NOTHING, Evaluator
from bluegreen_simulator.aws.cloudformation.names import name_of
from bluegreen_simulator.aws.cloudformation.records import STACK_TYPE, Goal, Resource, Stack
from bluegreen_simulator.aws.world import World

INITIATED: Final = "User Initiated"
BY_USER: Final = "Rollback requested by user."
KEEPS: Final = {"Retain", "RetainExceptOnCreate"}


class Operation:
    """One operation on a stack; `exports` are those of the other stacks."""

    def __init__(self, world: World, stack: Stack, exports: Mapping[str, str]) -> None:
        self._world = world
        self._stack = stack
        self._exports = exports
        self._undo: list[Callable[[], None]] = []
        self._left: list[Resource] = []

    # ---- The operations ------------------------------------------------------------------------

    def create(self) -> None:
        """Make the stack's resources; on failure do what OnFailure says."""
        stack = self._stack
        failed = self._advance()
        if failed is None:
            self._become("CREATE_COMPLETE")
        elif stack.on_failure == "DO_NOTHING":
            self._become("CREATE_FAILED", failed)
        elif stack.on_failure == "DELETE":
            self._become("DELETE_IN_PROGRESS", f"{failed}Delete requested by user.")
            self._deleted([])
        else:
            self._become("ROLLBACK_IN_PROGRESS", f"{failed}{BY_USER}")
            failures = self._delete_all([], making=True)
            self._become("ROLLBACK_FAILED" if failures else "ROLLBACK_COMPLETE", failures)
            stack.reason = failures or f"{failed}{BY_USER}"

    def update(self, before: Goal) -> None:
        """Let the stack become what its goal says; on failure what it was `before`."""
        stack = self._stack
        outputs = stack.outputs
        failed = self._advance()
        if failed is None:
            self._become("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self._clean_up()
            self._become("UPDATE_COMPLETE")
        elif stack.on_failure == "DO_NOTHING":
            self._clean_up()
            self._become("UPDATE_FAILED", failed)
        else:
            self._become("UPDATE_ROLLBACK_IN_PROGRESS", failed)
            stack.goal, stack.outputs = before, outputs
            self._go_back()
            stack.reason = stack.reason or failed

    def delete(self, keep: list[str]) -> None:
        """Delete the stack's resources, but those of the logical ids in `keep`."""
        self._deleted(keep)

    # ---- Forwards ------------------------------------------------------------------------------

    def _advance(self) -> str | None:
        """Bring every resource to where the goal has it; why not, None if all of them are there."""
        try:
            evaluator = self._evaluator()
            for name in self._stack.goal.template.order:
                body = self._stack.goal.template.resources[name]
                if "Condition" not in body or evaluator.holds(body["Condition"]):
                    self._bring(name, body, evaluator)
            self._stack.outputs = [*outputs_of(self._stack.goal, evaluator)]
            self._check_exports()
            self._leave_others(evaluator)
        except Failed as failure:
            made, what = failure.args
            return f"The following resource(s) failed to {made}: [{what}]. "
        except Exception as error:  # noqa: BLE001 - whatever it is, the stack has to end
            return f"{reason_of(error, self._stack.name, STACK_TYPE)} "
        return None

    def _evaluator(self) -> Evaluator:
        return evaluator_of(self._world, self._stack, self._stack.goal, self._made, self._exports)

    def _made(self, name: str) -> ResourceType | None:
        resource = self._stack.resources.get(name)
        return resource.made if resource else None

    def _check_exports(self) -> None:
        for name in self._stack.exports:
            if name in self._exports:
                raise Failed(
                    "create", f"Export with name {name} is already exported by another stack"
                )

    def _bring(self, name: str, body: Mapping[str, Any], evaluator: Evaluator) -> None:
        """Make the resource, or change it, or leave it as it is."""
        present = self._stack.resources.get(name)
        resource = Resource(name, body["Type"], body)
        if present is not None and present.status == "CREATE_FAILED":
            self._delete(present, "")  # what came to nothing is made anew
            present = None
        if present is None or present.made is None:
            self._stack.resources[name] = resource
            self._undo.append(lambda: self._take_back(name, resource))
            self._make(resource, evaluator)
            return
        with _failing(self, present, "update", "UPDATE_FAILED"):
            wanted = evaluator.value(body.get("Properties") or {})
            kind = known_type(body["Type"], wanted)
        if body["Type"] != present.type_name or replaces(kind, wanted, present.properties):
            self._replace(present, resource, wanted)
        elif changed_names(wanted, present.properties) or present.status == "UPDATE_FAILED":
            self._change(present, body, wanted)
        else:
            present.body = body

    def _make(self, resource: Resource, evaluator: Evaluator) -> None:
        self._tell(resource, "CREATE_IN_PROGRESS")
        with _failing(self, resource, "create", "CREATE_FAILED"):
            properties = resource.properties = evaluator.value(
                resource.body.get("Properties") or {}
            )
            kind = known_type(resource.type_name, properties)
            given = properties.get(kind.name_property) if kind.name_property else None
            if given and kind.is_taken(given, self._world.region):
                message = (
                    f"Resource of type '{kind.type_name}' with identifier '{given}' already exists."
                )
                raise AlreadyThere(message)
            name = given or name_of(kind, self._stack.name, resource.logical_id)
            resource.made = kind.create(name, properties, self._world.region)
            self._tell(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
            resource.made.settle(self._world.clock)
        self._tell(resource, "CREATE_COMPLETE")

    def _replace(self, present: Resource, resource: Resource, wanted: Mapping[str, Any]) -> None:
        """Make another in its place; the present one goes at the end, or comes back."""
        name = resource.logical_id
        reason = (
            "Requested update requires the creation of a new physical resource; hence creating one."
        )
        with _failing(self, present, "update", "UPDATE_FAILED"):
            _require_new_name(name, types.of(resource.type_name), wanted, present)
        self._undo.append(lambda: self._put_back(present, resource))
        self._tell(present, "UPDATE_IN_PROGRESS", reason)
        with _failing(self, present, "update", "UPDATE_FAILED"):
            kind = types.of(resource.type_name)
            resource.properties = wanted
            given = wanted.get(kind.name_property) if kind.name_property else None
            made_name = given or name_of(kind, self._stack.name, name)
            resource.made = kind.create(made_name, wanted, self._world.region)
            self._left.append(resource)
            self._tell(resource, "UPDATE_IN_PROGRESS", "Resource creation Initiated")
            resource.made.settle(self._world.clock)
        self._left[-1] = present  # from now on it is the old one that is left over
        self._stack.resources[name] = resource
        self._tell(resource, "UPDATE_COMPLETE")

    def _change(
        self, present: Resource, body: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> None:
        before = (present.body, present.properties)
        self._tell(present, "UPDATE_IN_PROGRESS")
        with _failing(self, present, "update", "UPDATE_FAILED"):
            try:
                self._update(present, wanted, before[1])
            except NotImplementedError:  # before anything was changed
                self._undo.append(lambda: self._tell(present, "UPDATE_COMPLETE"))
                raise
            except Exception:
                self._undo.append(lambda: self._change_back(present, before, wanted))
                raise
        self._undo.append(lambda: self._change_back(present, before, wanted))
        present.body, present.properties = body, wanted
        self._tell(present, "UPDATE_COMPLETE")

    def _update(
        self, resource: Resource, wanted: Mapping[str, Any], before: Mapping[str, Any]
    ) -> None:
        assert resource.made is not None
        resource.made = resource.made.update(wanted, before, self._world.region)
        resource.made.settle(self._world.clock)

    def _leave_others(self, evaluator: Evaluator) -> None:
        """What the goal has not any more goes at the end of the update."""
        wanted = self._stack.goal.template.resources
        for name in [*self._stack.resources]:
            body = wanted.get(name)
            if body is None or ("Condition" in body and not evaluator.holds(body["Condition"])):
                self._left.append(self._stack.resources.pop(name))

    # ---- The end of an update, and the way back --------------------------------------------------

    def _clean_up(self) -> None:
        """Delete what was replaced or removed; what cannot be deleted stays, as its event says."""
        for resource in reversed(self._left):
            replaced = resource.logical_id in self._stack.resources
            policy = "UpdateReplacePolicy" if replaced else "DeletionPolicy"
            self._delete(resource, policy)

    def _go_back(self) -> None:
        failed = [name for undo in reversed(self._undo) if (name := _problem(undo))]
        if not failed:
            self._become("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource in reversed(self._left):
            self._delete(resource, "")
        if failed:
            reason = f"The following resource(s) failed to update: [{', '.join(failed)}]. "
            self._become("UPDATE_ROLLBACK_FAILED", reason)
        else:
            self._become("UPDATE_ROLLBACK_COMPLETE")

    def _take_back(self, name: str, resource: Resource) -> None:
        self._stack.resources.pop(name, None)
        self._left.append(resource)

    def _put_back(self, present: Resource, resource: Resource) -> None:
        self._stack.resources[present.logical_id] = present
        if resource.made is not None:
            self._left = [resource if one is present else one for one in self._left]
        self._tell(present, "UPDATE_COMPLETE")

    def _change_back(
        self,
        present: Resource,
        before: tuple[Mapping[str, Any], Mapping[str, Any]],
        wanted: Mapping[str, Any],
    ) -> None:
        self._tell(present, "UPDATE_IN_PROGRESS")
        with _failing(self, present, "update", "UPDATE_FAILED"):
            self._update(present, before[1], wanted)
        present.body, present.properties = before
        self._tell(present, "UPDATE_COMPLETE")

    # ---- Away ------------------------------------------------------------------------------------

    def _deleted(self, keep: list[str]) -> None:
        failures = self._delete_all(keep)
        if failures:
            self._become("DELETE_FAILED", failures)
            return
        self._become("DELETE_COMPLETE")
        self._stack.deleted_at = self._world.clock.now()

    def _delete_all(self, keep: list[str], *, making: bool = False) -> str | None:
        """Delete every resource, the last made first; which ones could not be, None if all are."""
        failed = []
        for resource in reversed([*self._stack.resources.values()]):
            if resource.logical_id in keep:
                self._tell(resource, "DELETE_SKIPPED")
            elif not self._delete(resource, "" if making else "DeletionPolicy"):
                failed.append(resource.logical_id)
        return (
            f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            if failed
            else None
        )

    def _delete(self, resource: Resource, policy: str) -> bool:
        """Delete a resource unless its policy keeps it; whether that did not fail."""
        if resource.status in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
            return True
        if policy and resource.body.get(policy) in KEEPS:
            self._tell(resource, "DELETE_SKIPPED")
            return True
        self._tell(resource, "DELETE_IN_PROGRESS")
        try:
            if resource.made is not None:
                _delete_if_there(resource, self._world)
        except Exception as error:  # noqa: BLE001 - whatever it is, the stack has to end
            self._tell(
                resource, "DELETE_FAILED", reason_of(error, resource.logical_id, resource.type_name)
            )
            return False
        self._tell(resource, "DELETE_COMPLETE")
        return True

    def _become(self, status: str, reason: str | None = None) -> None:
        self._stack.become(status, self._world.clock.now(), reason)

    def _tell(self, resource: Resource, status: str, reason: str | None = None) -> None:
        self._stack.tell(resource, status, self._world.clock.now(), reason)

    def failed(self, resource: Resource, status: str, error: Exception) -> None:
        """Tell that a resource failed, and why."""
        self._tell(resource, status, reason_of(error, resource.logical_id, resource.type_name))


class _failing:  # noqa: N801 - a context manager that reads as a word
    """What is raised in the block fails the resource, with an event that says why."""

    def __init__(self, operation: Operation, resource: Resource, verb: str, status: str) -> None:
        self._operation = operation
        self._resource = resource
        self._verb = verb
        self._status = status

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if isinstance(error, Exception):
            self._operation.failed(self._resource, self._status, error)
            raise Failed(self._verb, self._resource.logical_id) from error


def _problem(undo: Callable[[], None]) -> str:
    """The logical id of what could not be undone; empty if it could."""
    try:
        undo()
    except Failed as failure:
        return str(failure.args[1])
    return ""


def _delete_if_there(resource: Resource, world: World) -> None:
    assert resource.made is not None
    try:
        resource.made.delete(resource.properties, world.region)
        resource.made.vanish(world.clock)
    except ClientError as error:
        if not is_not_found(error):
            raise


def _require_new_name(
    name: str, kind: type[ResourceType], wanted: Mapping[str, Any], present: Resource
) -> None:
    """A name that the template gives cannot be given to a second one beside the first."""
    given = wanted.get(kind.name_property) if kind.name_property else None
    if given and given == present.properties.get(kind.name_property):
        raise Unnameable(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {given} and update the stack again."
        )
    del name


class Unnameable(NotImplementedError):
    """A replacement whose name is taken by what it replaces; AWS's own words."""


def known_type(type_name: str, properties: Mapping[str, Any]) -> type[ResourceType]:
    """The type; NotImplementedError by its name for one or a property that is not modelled."""
    kind = types.of(type_name)
    lost = unknown_names(kind, properties)
    if lost:
        raise NotImplementedError(
            f"{', '.join(lost)} of {type_name} is not modelled in the embedded AWS."
        )
    return kind


def replaces(
    kind: type[ResourceType], wanted: Mapping[str, Any], present: Mapping[str, Any]
) -> bool:
    """Whether such a change makes a new resource."""
    return not kind.replaced_by.isdisjoint(changed_names(wanted, present))


def evaluator_of(
    world: World,
    stack: Stack,
    goal: Goal,
    made: Callable[[str], ResourceType | None],
    exports: Mapping[str, str],
) -> Evaluator:
    """An evaluator of a goal's template for a stack."""
    names = {
        "AWS::AccountId": world.account_id,
        "AWS::NotificationARNs": [*goal.notification_arns],
        "AWS::Partition": "aws",
        "AWS::Region": world.region,
        "AWS::StackId": stack.id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": "amazonaws.com",
        **goal.values,
    }
    return Evaluator(goal.template, names, made, exports)


def outputs_of(goal: Goal, evaluator: Evaluator) -> Iterator[dict[str, str]]:
    """The outputs as DescribeStacks shows them."""
    for name, body in (goal.template.body.get("Outputs") or {}).items():
        if "Condition" in body and not evaluator.holds(body["Condition"]):
            continue
        value = evaluator.value(body["Value"])
        if value is NOTHING:
            continue
        output = {"OutputKey": name, "OutputValue": evaluator.text(value)}
        if "Description" in body:
            output["Description"] = body["Description"]
        if "Export" in body:
            output["ExportName"] = evaluator.text(body["Export"]["Name"])
        yield output
