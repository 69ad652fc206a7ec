// `send` of commands for endpoints, guardrails, alarms, metrics, executions and stacks, with waiters.
// Runs in tests/clients/js, whose package.json says which releases.

import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const require = createRequire(join(process.env.BLUEGREEN, "tests/clients/js/"));
const sm = require("@aws-sdk/client-sagemaker");
const smr = require("@aws-sdk/client-sagemaker-runtime");
const cw = require("@aws-sdk/client-cloudwatch");
const sfn = require("@aws-sdk/client-sfn");
const cf = require("@aws-sdk/client-cloudformation");

const ROLE = "arn:aws:iam::123456789012:role/model";
const REFUSED = ["not modelled", "not implemented", "not supported", "notimplemented"];
const PATIENCE_SECONDS = 240;
const NAME = "js-churn";

const tell = (told) => console.log(JSON.stringify(told));
const detail = (error) => `${error.name}: ${error.message}`.replace(/\s+/g, " ").slice(0, 600);

async function holds(claim, body) {
  try {
    await body();
    tell({ claim, outcome: "holds" });
  } catch (error) {
    tell({ claim, outcome: "broken", detail: detail(error) });
  }
}

async function refused(claim, body) {
  try {
    await body();
    tell({ claim, outcome: "broken", detail: "It was not refused." });
  } catch (error) {
    const text = detail(error);
    const byName = REFUSED.some((words) => text.toLowerCase().includes(words));
    tell({ claim, outcome: byName ? "refused" : "broken", detail: text });
  }
}

function same(seen, wanted) {
  if (seen !== wanted) throw new Error(`${seen} is not ${wanted}.`);
}

async function until(look, wanted) {
  for (let waited = 0; waited < PATIENCE_SECONDS; waited += 0.5) {
    if ((await look()) === wanted) return;
    await sleep(500);
  }
  throw new Error(`${wanted} was not seen; the last was ${await look()}.`);
}

const sagemaker = new sm.SageMakerClient();
const runtime = new smr.SageMakerRuntimeClient();
const cloudwatch = new cw.CloudWatchClient();
const states = new sfn.SFNClient();
const stacks = new cf.CloudFormationClient();
const described = () => sagemaker.send(new sm.DescribeEndpointCommand({ EndpointName: NAME }));
const status = async () => (await described()).EndpointStatus;

async function make(name, rate) {
  await sagemaker.send(new sm.CreateModelCommand({
    ModelName: name,
    ExecutionRoleArn: ROLE,
    PrimaryContainer: { Image: "model:1", Environment: { SIMULATED_ERROR_RATE: rate } },
  }));
  await sagemaker.send(new sm.CreateEndpointConfigCommand({
    EndpointConfigName: name,
    ProductionVariants: [{
      VariantName: "main", ModelName: name, InstanceType: "ml.m5.xlarge", InitialInstanceCount: 4,
    }],
  }));
}

async function invoke() {
  try {
    const answer = await runtime.send(new smr.InvokeEndpointCommand({
      EndpointName: NAME, ContentType: "text/csv", Body: "1,2",
    }));
    return new TextDecoder().decode(answer.Body);
  } catch (error) {
    if (error instanceof smr.ModelError) return "a model's error";
    throw error;
  }
}

const canary = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: "CANARY",
      CanarySize: { Type: "CAPACITY_PERCENT", Value: 30 },
      WaitIntervalInSeconds: 600,
    },
    TerminationWaitInSeconds: 300,
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName: "js-5xx" }] },
};
const update = (config) => sagemaker.send(new sm.UpdateEndpointCommand({
  EndpointName: NAME, EndpointConfigName: config, DeploymentConfig: canary,
}));

tell({ version: require("@aws-sdk/client-sagemaker/package.json").version });
await holds("`CreateModel`, `CreateEndpointConfig`, `CreateEndpoint`, `waitUntilEndpointInService`", async () => {
  await make("js-blue", "0");
  await make("js-green", "0");
  await make("js-red", "1");
  await sagemaker.send(new sm.CreateEndpointCommand({ EndpointName: NAME, EndpointConfigName: "js-blue" }));
  await sm.waitUntilEndpointInService(
    { client: sagemaker, maxWaitTime: PATIENCE_SECONDS, minDelay: 1, maxDelay: 2 }, { EndpointName: NAME },
  );
});
await holds("`InvokeEndpoint` is answered by the model", async () => {
  if (!(await invoke()).includes("VariantName")) throw new Error("another answer");
});
await holds("`PutMetricAlarm`, and the alarm is OK", async () => {
  await cloudwatch.send(new cw.PutMetricAlarmCommand({
    AlarmName: "js-5xx", Namespace: "AWS/SageMaker", MetricName: "Invocation5XXErrors",
    Dimensions: [{ Name: "EndpointName", Value: NAME }, { Name: "VariantName", Value: "main" }],
    Statistic: "Average", Period: 60, EvaluationPeriods: 1, Threshold: 0.05,
    ComparisonOperator: "GreaterThanThreshold", TreatMissingData: "notBreaching",
  }));
  await until(async () => {
    const found = await cloudwatch.send(new cw.DescribeAlarmsCommand({ AlarmNames: ["js-5xx"] }));
    return found.MetricAlarms[0].StateValue;
  }, "OK");
});
await holds("`UpdateEndpoint` with a canary ends on the new config", async () => {
  await update("js-green");
  same(await status(), "Updating");
  await until(status, "InService");
  same((await described()).EndpointConfigName, "js-green");
});
await holds("a canary of a model that fails is rolled back by its alarm", async () => {
  await update("js-red");
  await until(async () => {
    for (let request = 0; request < 20; request += 1) await invoke();
    return status();
  }, "InService");
  same((await described()).EndpointConfigName, "js-green");
});
await holds("a second `UpdateEndpoint` while one runs is refused at once, and not retried", async () => {
  await update("js-blue");
  const said = await update("js-blue").catch((error) => error);
  await until(status, "InService");
  same(said.name, "ValidationException");
  same(said.$metadata.attempts, 1);
});
await holds("`GetMetricStatistics` of the last day by the client's own clock has the requests", async () => {
  const end = Date.now();
  const found = await cloudwatch.send(new cw.GetMetricStatisticsCommand({
    Namespace: "AWS/SageMaker", MetricName: "Invocations", Statistics: ["Sum"], Period: 3600,
    Dimensions: [{ Name: "EndpointName", Value: NAME }, { Name: "VariantName", Value: "main" }],
    StartTime: new Date(end - 25 * 3600_000), EndTime: new Date(end),
  }));
  if (!found.Datapoints.length) throw new Error("no datapoints");
});
await holds("our state machine deploys: verdict SUCCEEDED", async () => {
  const { stateMachines } = await states.send(new sfn.ListStateMachinesCommand({}));
  const ours = stateMachines.find((each) => each.name.endsWith("-deployment"));
  const { executionArn } = await states.send(new sfn.StartExecutionCommand({
    stateMachineArn: ours.stateMachineArn,
    input: JSON.stringify({
      EndpointName: NAME, EndpointConfigName: "js-green", DeploymentConfig: canary,
    }),
  }));
  const execution = () => states.send(new sfn.DescribeExecutionCommand({ executionArn }));
  await until(async () => (await execution()).status !== "RUNNING", true);
  same(JSON.parse((await execution()).output ?? "{}").Verdict, "SUCCEEDED");
});
await holds("`CreateStack` of a topic and a parameter, `waitUntilStackCreateComplete`, outputs", async () => {
  const template = {
    Resources: {
      Topic: { Type: "AWS::SNS::Topic" },
      Name: { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: { Ref: "Topic" } } },
    },
    Outputs: { Topic: { Value: { Ref: "Topic" } } },
  };
  await stacks.send(new cf.CreateStackCommand({ StackName: "js", TemplateBody: JSON.stringify(template) }));
  await cf.waitUntilStackCreateComplete(
    { client: stacks, maxWaitTime: PATIENCE_SECONDS, minDelay: 1, maxDelay: 2 }, { StackName: "js" },
  );
  const found = await stacks.send(new cf.DescribeStacksCommand({ StackName: "js" }));
  same(found.Stacks[0].Outputs.length, 1);
});
await holds("a stack that cannot be made says why, and a retry is no false success", async () => {
  const template = { Resources: { Odd: { Type: "AWS::SageMaker::NotebookInstance", Properties: {} } } };
  let said = "";
  try {
    await stacks.send(new cf.CreateStackCommand({ StackName: "js-odd", TemplateBody: JSON.stringify(template) }));
    await cf.waitUntilStackCreateComplete(
      { client: stacks, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { StackName: "js-odd" },
    );
  } catch (error) {
    said = detail(error);
  }
  if (!said) throw new Error("it was made");
  if (said.includes("<!doctype")) throw new Error(said);
});
await refused("`CreateInferenceComponent`", () => sagemaker.send(new sm.CreateInferenceComponentCommand({
  InferenceComponentName: "part", EndpointName: NAME, VariantName: "main",
})));
await refused("`InvokeEndpointAsync`", () => runtime.send(new smr.InvokeEndpointAsyncCommand({
  EndpointName: NAME, InputLocation: "s3://bucket/input",
})));
await holds("`DeleteEndpoint`, `waitUntilEndpointDeleted`", async () => {
  await sagemaker.send(new sm.DeleteEndpointCommand({ EndpointName: NAME }));
  await sm.waitUntilEndpointDeleted(
    { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { EndpointName: NAME },
  );
});
