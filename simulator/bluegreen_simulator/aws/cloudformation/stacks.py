"""CloudFormation: the stacks of one embedded AWS, and what is asked of them.

Each operation on a stack runs in a task of the clock: the request is answered at once, and
DescribeStacks shows how far it is, as on AWS.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from moto.cloudformation.utils import generate_changeset_id, generate_stack_id

from bluegreen_simulator.aws.cloudformation import changes, parameters, sam_transform, types
from bluegreen_simulator.aws.cloudformation.base_type import unknown_names
from bluegreen_simulator.aws.cloudformation.errors import (
    NO_CHANGES,
    AlreadyExistsException,
    ChangeSetNotFound,
    InsufficientCapabilities,
    InvalidChangeSetStatus,
    invalid,
    no_stack,
)
from bluegreen_simulator.aws.cloudformation.message_types import SlackChannelConfiguration
from bluegreen_simulator.aws.cloudformation.operations import INITIATED, Operation
from bluegreen_simulator.aws.cloudformation.records import ChangeSet, Goal, Stack
from bluegreen_simulator.aws.cloudformation.template_rules import broken
from bluegreen_simulator.aws.cloudformation.templates import Template, missing_capabilities
from bluegreen_simulator.aws.world import World

CHANGELESS: Final = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)
MAY_BE_UPDATED: Final = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_FAILED",
}


class StackError(Exception):
    """A stack was not created as its template says; the message names the resources."""


class Stacks:
    """Every stack of one embedded AWS, by id, the deleted ones too."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stacks: dict[str, Stack] = {}

    # ---- Which there are -------------------------------------------------------------------------

    def all(self) -> list[Stack]:
        """Every stack in the order in which they were made, the deleted ones too."""
        return [*self._stacks.values()]

    def there(self) -> list[Stack]:
        """The stacks that are not deleted."""
        return [stack for stack in self._stacks.values() if stack.status != "DELETE_COMPLETE"]

    def get(self, name: str) -> Stack:
        """The stack of a name or an id; a deleted one by its id only."""
        if name in self._stacks:
            return self._stacks[name]
        for stack in self.there():
            if stack.name == name:
                return stack
        raise no_stack(name)

    def find(self, name: str) -> Stack | None:
        """The stack of a name that is there."""
        return next((stack for stack in self.there() if stack.name == name), None)

    def exports(self, but: Stack | None = None) -> dict[str, str]:
        """The values that stacks export, by name, but those of one."""
        return {
            name: value
            for stack in self.there()
            if stack is not but
            for name, value in stack.exports.items()
        }

    def importers(self, export: str) -> list[str]:
        """The names of the stacks that import a value."""
        return [one.name for one in self.there() if export in [*changes.imports(one, self._world)]]

    # ---- What is asked ---------------------------------------------------------------------------

    def goal(self, template: Template, given: Mapping[str, str], asked: Mapping[str, Any]) -> Goal:
        """What a request asks for, once its parameters, rules and capabilities are looked at."""
        texts = parameters.complete(template, given)
        for problem in broken(template.body, texts):
            raise invalid(f"Template error: {problem}")
        _ = template.order  # or there is a circle
        return Goal(
            template,
            dict(given),
            parameters.values_of(template, texts, self._world.region),
            {tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])},
            tuple(asked.get("Capabilities", [])),
            tuple(asked.get("NotificationARNs", [])),
            asked.get("RoleARN"),
        )

    def create(self, name: str, goal: Goal, asked: Mapping[str, Any]) -> Stack:
        """Begin to make a stack; AlreadyExistsException if there is one of that name."""
        if self.find(name):
            raise AlreadyExistsException(f"Stack [{name}] already exists")
        _require_capabilities(goal, expands=True)
        stack = self._new(name, goal)
        stack.on_failure = _on_failure(asked)
        stack.protected = bool(asked.get("EnableTerminationProtection"))
        stack.timeout_minutes = asked.get("TimeoutInMinutes")
        stack.policy = asked.get("StackPolicyBody")
        self._begin_to_create(stack)
        return stack

    def _new(self, name: str, goal: Goal) -> Stack:
        world = self._world
        stack_id = generate_stack_id(name, world.region, world.account_id)
        stack = self._stacks[stack_id] = Stack(stack_id, name, goal, world.clock.now())
        return stack

    def _begin_to_create(self, stack: Stack) -> None:
        stack.become("CREATE_IN_PROGRESS", self._world.clock.now(), INITIATED)
        self._run(stack, self._operation(stack).create)

    def update(self, stack: Stack, goal: Goal, asked: Mapping[str, Any]) -> None:
        """Begin to update a stack; ValidationError if nothing would change, or it cannot be."""
        require_updatable(stack)
        _require_capabilities(goal, expands=True)
        if same(stack.goal, goal) and not stack.status.endswith("_FAILED"):
            raise invalid(NO_CHANGES)
        self._begin_to_update(stack, goal, asked)

    def _begin_to_update(self, stack: Stack, goal: Goal, asked: Mapping[str, Any]) -> None:
        before, stack.goal = stack.goal, goal
        stack.on_failure = _on_failure(asked)
        stack.updated_at = self._world.clock.now()
        stack.become("UPDATE_IN_PROGRESS", stack.updated_at, INITIATED)
        operation = self._operation(stack)
        self._run(stack, lambda: operation.update(before))

    def delete(self, stack: Stack, keep: list[str]) -> None:
        """Begin to delete a stack."""
        if stack.status == "DELETE_COMPLETE":
            return
        if stack.protected:
            raise invalid(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        if stack.in_progress:
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be deleted.")
        if keep and stack.status != "DELETE_FAILED":
            raise invalid("RetainResources is only for a stack in the state DELETE_FAILED.")
        stack.become("DELETE_IN_PROGRESS", self._world.clock.now(), INITIATED)
        used = [(name, users) for name in stack.exports if (users := self.importers(name))]
        if used:
            name, users = used[0]
            reason = f"Export {name} cannot be deleted as it is in use by {', '.join(users)}"
            stack.become("DELETE_FAILED", self._world.clock.now(), reason)
            return
        operation = self._operation(stack)
        self._run(stack, lambda: operation.delete(keep))

    def _operation(self, stack: Stack) -> Operation:
        return Operation(self._world, stack, self.exports(stack))

    def _run(self, stack: Stack, operation: Callable[[], None]) -> None:
        stack.task = self._world.clock.spawn(operation, f"stack {stack.name}")

    # ---- Change sets -----------------------------------------------------------------------------

    def create_change_set(
        self,
        name: str,
        stack_name: str,
        kind: str,
        goal_of: Callable[[Stack | None], Goal],
        asked: Mapping[str, Any],
    ) -> ChangeSet:
        """A change set; what the template or its parameters lack is told by its status."""
        stack = self._stack_for(stack_name, name, kind)
        found = stack if stack is not None and kind == "UPDATE" else None
        goal = goal_of(found)
        if not goal.template.transforms:
            _require_capabilities(goal, expands=False)
        stack = stack or self._in_review(stack_name, goal)
        if name in stack.change_sets:
            raise AlreadyExistsException(f"ChangeSet {name} already exists")
        made = self._change_set(name, stack, kind, goal, asked)
        stack.change_sets[name] = made
        return made

    def _stack_for(self, stack_name: str, name: str, kind: str) -> Stack | None:
        if kind == "UPDATE":
            stack = self.get(stack_name)
            require_updatable(stack)
            return stack
        found = self.find(stack_name)
        if found and found.status != "REVIEW_IN_PROGRESS":
            raise invalid(
                f"Stack [{stack_name}] already exists and cannot be created again with the "
                f"changeSet [{name}]."
            )
        return found

    def _in_review(self, name: str, goal: Goal) -> Stack:
        stack = self._new(name, Goal(NO_TEMPLATE, {}, {}, goal.tags))
        stack.become("REVIEW_IN_PROGRESS", self._world.clock.now(), INITIATED)
        return stack

    def _change_set(
        self, name: str, stack: Stack, kind: str, goal: Goal, asked: Mapping[str, Any]
    ) -> ChangeSet:
        world = self._world
        made = ChangeSet(
            generate_changeset_id(name, world.region, world.account_id),
            name,
            stack,
            kind,
            goal,
            world.clock.now(),
            asked.get("Description"),
            asked.get("OnStackFailure"),
        )
        made.changes = [*changes.between(world, stack, goal, self.exports(stack))]
        problem = missing_capabilities(goal.template.body, goal.capabilities)
        failed = stack.status.endswith("_FAILED")  # the same may be tried again
        if problem is None and kind == "UPDATE" and same(stack.goal, goal) and not failed:
            problem = NO_CHANGES if goal.template.transforms else CHANGELESS
        if problem:
            made.status, made.reason, made.execution_status = "FAILED", problem, "UNAVAILABLE"
        return made

    def change_set(self, name: str, stack_name: str | None) -> ChangeSet:
        """The change set of a name and a stack's, or of an id."""
        for stack in [self.get(stack_name)] if stack_name else self.there():
            for one in stack.change_sets.values():
                if name in {one.name, one.id} and (stack_name or name == one.id):
                    return one
        raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")

    def execute(self, change_set: ChangeSet, asked: Mapping[str, Any]) -> None:
        """Begin what a change set says; InvalidChangeSetStatus for one that cannot, or has."""
        stack = change_set.stack
        if change_set.execution_status != "AVAILABLE":
            raise InvalidChangeSetStatus(
                f"ChangeSet [{change_set.id}] cannot be executed in its current execution status "
                f"of [{change_set.execution_status}]"
            )
        if stack.in_progress:
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        asked = {**({"OnFailure": change_set.on_failure} if change_set.on_failure else {}), **asked}
        assert change_set.goal is not None
        stack.change_sets = {change_set.name: change_set}  # the others do not hold any more
        change_set.execution_status = "EXECUTE_COMPLETE"
        if change_set.kind == "CREATE":
            stack.goal, stack.on_failure = change_set.goal, _on_failure(asked)
            self._begin_to_create(stack)
        else:
            self._begin_to_update(stack, change_set.goal, asked)


def _on_failure(asked: Mapping[str, Any]) -> str:
    if asked.get("DisableRollback"):
        return "DO_NOTHING"
    return str(asked.get("OnFailure") or "ROLLBACK")


def require_updatable(stack: Stack) -> None:
    """ValidationError for a stack whose status lets no update begin."""
    if stack.status not in MAY_BE_UPDATED:
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def same(one: Goal, other: Goal) -> bool:
    """Whether nothing would change."""
    return (one.template.body, one.values, one.tags) == (
        other.template.body,
        other.values,
        other.tags,
    )


def _require_capabilities(goal: Goal, *, expands: bool) -> None:
    """InsufficientCapabilities for what the request has not acknowledged.

    A change set shows what a transform makes of a template, so it need not be acknowledged there.
    """
    if expands and goal.template.transforms and "CAPABILITY_AUTO_EXPAND" not in goal.capabilities:
        raise InsufficientCapabilities("Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
    problem = missing_capabilities(goal.template.body, goal.capabilities)
    if problem:
        raise InsufficientCapabilities(problem)


NO_TEMPLATE: Final = Template("", {"Resources": {}})


class _State:
    stacks: Stacks


def install(world: World) -> None:
    """Begin without any stack."""
    _State.stacks = Stacks(world)
    SlackChannelConfiguration.world = world


def running() -> Stacks:
    """The stacks of the embedded AWS that runs."""
    return _State.stacks


def template_of(text: str, given: Mapping[str, str]) -> Template:
    """The template in a text, after its transforms."""
    return sam_transform.template_of(text, given)


def not_modelled(template: Mapping[str, Any]) -> list[str]:
    """What of a template is not known here: `Name (AWS::Type)`, `Name (AWS::Type: Property)`."""
    return [
        f"{name} ({what})"
        for name, resource in template["Resources"].items()
        for what in _unknown(resource["Type"], resource.get("Properties", {}))
    ]


def _unknown(type_name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """A type without a list of its properties refuses by itself what it does not know."""
    kind = types.BY_NAME.get(type_name)
    if kind is None:
        yield type_name
    elif lost := unknown_names(kind, properties):
        yield f"{type_name}: {', '.join(lost)}"


__all__ = ["StackError", "Stacks", "install", "not_modelled", "running"]
