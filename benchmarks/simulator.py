"""What the embedded AWS costs: CPU seconds of this machine, good for the ratios between them.

`python benchmarks/simulator.py` runs eight hours in ten steps cold and warm, the canary, and one
call of each kind, and evaluates alarms. `python benchmarks/simulator.py --parts` says in which
part of the code the CPU of eight hours is spent; the profiler itself takes its share of each.
"""

import cProfile
import pstats
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from bluegreen_simulator.aws.cloudwatch.evaluator import Evaluator, running
from bluegreen_simulator.inputs.scenario import Scenario, load
from bluegreen_simulator.run.embedded import EmbeddedAws
from bluegreen_simulator.run.simulation import simulate
from bluegreen_simulator.run.theatre import Fleet, Theatre

ROOT: Final = Path(__file__).resolve().parents[1]
TEMPLATE: Final = ROOT / "template.yaml"
CANARY: Final = ROOT / "events/scenarios/canary-succeeds.yaml"
REPEATS: Final = 5
CALLS: Final = 200
PARTS: Final = {
    "bluegreen_simulator/moto/": "what stands in for pieces of moto",
    "botocore/": "botocore",
    "moto/dynamodb/": "moto's DynamoDB",
    "moto/stepfunctions/": "moto's interpreter of workflows",
    "moto/": "moto's core and other services",
    "werkzeug/": "werkzeug",
    "bluegreen_simulator/rules/metrics/": "metrics",
    "bluegreen_simulator/rules/alarms/": "alarms",
    "bluegreen_simulator/aws/cloudwatch/": "alarms",
    "bluegreen_simulator/rules/": "fleets and traffic",
    "bluegreen_simulator/aws/iam/": "permissions",
    "bluegreen_simulator/time/": "clock",
    "bluegreen_simulator/": "other services of ours",
    "functions/bluegreen/": "the functions themselves",
}
"""Parts by what a path has in it, the first that fits; Python's own modules are the rest."""


def eight_hours() -> Scenario:
    """The linear update that succeeds, on ten instances in ten steps of 2,800 s."""
    scenario = load(ROOT / "events/scenarios/linear-succeeds.yaml")
    request = deepcopy(scenario.request)
    policy = request["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] = 2800
    size = {"Type": "CAPACITY_PERCENT", "Value": 10}
    policy["TrafficRoutingConfiguration"]["LinearStepSize"] = size
    policy["TerminationWaitInSeconds"] = 2800
    policy["MaximumExecutionTimeoutInSeconds"] = 28800
    expected = {"Verdict": "SUCCEEDED"}
    return replace(scenario, request=request, instances=10, green_instances=10, expected=expected)


def cpu(run: Callable[[], object], times: int = 1) -> float:
    """The CPU seconds of one of so many runs."""
    began = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - began) / times


def of_scenario(scenario: Scenario) -> float:
    """The CPU seconds of a simulation."""
    return cpu(lambda: simulate(scenario, TEMPLATE))


def calls(aws: EmbeddedAws) -> Iterator[tuple[str, Callable[[], object]]]:
    """One call of each kind, by its name."""
    client: Any = aws.client
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    types = [{"AttributeName": name, "AttributeType": "S"} for name in key]
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    table = client("dynamodb")
    table.create_table(
        TableName="rows", KeySchema=keys, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST"
    )
    row = {**key, "Stage": {"S": "BAKING"}, "Seen": {"L": [{"S": "a"}] * 10}}
    table.put_item(TableName="rows", Item=row)
    update = {"UpdateExpression": "SET Stage = :s", "ExpressionAttributeValues": {":s": {"S": "X"}}}
    begins = {
        "KeyConditionExpression": "pk = :p AND begins_with(sk, :s)",
        "ExpressionAttributeValues": {":p": {"S": "a"}, ":s": {"S": "b"}},
    }
    topic = client("sns").create_topic(Name="news")["TopicArn"]
    yield "dynamodb GetItem", lambda: table.get_item(TableName="rows", Key=key)
    yield "dynamodb Query", lambda: table.query(TableName="rows", **begins)
    yield "dynamodb UpdateItem", lambda: table.update_item(TableName="rows", Key=key, **update)
    yield (
        "sagemaker DescribeEndpoint",
        lambda: client("sagemaker").describe_endpoint(EndpointName="churn"),
    )
    yield "cloudwatch DescribeAlarms", lambda: client("cloudwatch").describe_alarms()
    yield "sns Publish", lambda: client("sns").publish(TopicArn=topic, Message="news")
    yield "ssm DescribeParameters", lambda: client("ssm").describe_parameters()
    yield "lambda ListFunctions", lambda: client("lambda").list_functions()


def show_calls() -> None:
    """Print the milliseconds of each kind of call, and how many alarms are looked at a second."""
    with EmbeddedAws() as aws:
        theatre = Theatre(aws)
        theatre.make_config("churn-blue", Fleet({}))
        theatre.make_endpoint("churn", "churn-blue")
        theatre.make_alarms(load(CANARY).alarms)
        theatre.begin_traffic("churn", 10)
        theatre.advance(1800)
        for name, call in calls(aws):
            call()
            sys.stdout.write(f"{name:<28} {1000 * cpu(call, CALLS):>7.2f} ms\n")
        evaluator: Evaluator = running()
        seconds = cpu(evaluator._look, CALLS)  # noqa: SLF001 - what each minute does
        rate = len(evaluator.alarms) / seconds
        sys.stdout.write(f"alarms looked at in a second {rate:>8,.0f}\n")


def part_of(file: str) -> str:
    """The part of the code that a file is in."""
    return next((name for path, name in PARTS.items() if path in file), "Python itself")


def show_parts() -> None:
    """Print how many percent of eight hours' CPU each part takes."""
    simulate(eight_hours(), TEMPLATE)
    profile = cProfile.Profile(time.process_time)
    profile.runcall(simulate, eight_hours(), TEMPLATE)
    spent = Counter[str]()
    stats: Any = pstats.Stats(profile)
    for function, (_, _, own, _, callers) in stats.stats.items():
        if function[0] == "~":  # a function in C counts for who calls it
            for caller, figures in callers.items():
                spent[part_of(caller[0])] += figures[2]
        else:
            spent[part_of(function[0])] += own
    total = sum(spent.values())
    sys.stdout.write(f"{stats.total_calls:,} calls of functions\n")
    for name, seconds in spent.most_common():
        sys.stdout.write(f"{name:<36} {100 * seconds / total:>4.0f} %\n")


def main() -> None:
    """Measure and print."""
    if "--parts" in sys.argv:
        show_parts()
        return
    scenarios = sorted(Path(ROOT / "events/scenarios").glob("*.yaml"))
    cold = of_scenario(eight_hours())
    warm = median(of_scenario(eight_hours()) for _ in range(REPEATS))
    short = median(of_scenario(load(CANARY)) for _ in range(REPEATS))
    each = cpu(lambda: [of_scenario(load(path)) for path in scenarios]) / len(scenarios)
    sys.stdout.write(f"eight hours in ten steps, cold {cold:>6.2f} s\n")
    sys.stdout.write(f"eight hours in ten steps, warm {warm:>6.2f} s, median of {REPEATS}\n")
    sys.stdout.write(f"the canary {short:>26.2f} s, median of {REPEATS}\n")
    sys.stdout.write(f"a scenario of the suite {each:>13.2f} s, mean of {len(scenarios)}\n")
    show_calls()


if __name__ == "__main__":
    main()
