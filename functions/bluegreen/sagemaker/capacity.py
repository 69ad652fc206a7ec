"""How many instances a `CapacitySize` is: one rule for the plan, the check and the simulator."""


def instances_of(type_: str, value: int, fleet: int) -> int:
    """The instances of a canary or a linear step on a variant with `fleet` instances.

    `INSTANCE_COUNT` is the count itself. `CAPACITY_PERCENT` is rounded to the nearest whole
    number, halves down, never to zero. Neither is more than the fleet. How SageMaker rounds
    is not documented; its notebooks have 33 % of 3 instances be 1, and the rest is assumed.
    """
    if type_ == "CAPACITY_PERCENT":
        # The ceiling of fleet * value / 100 - 0.5, without floating point.
        value = max(1, -((50 - fleet * value) // 100))
    return min(value, fleet)
