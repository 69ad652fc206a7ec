// A CDK app: an endpoint with guardrails and its alarm. `--context bootstrap=yes` for the default synthesizer.

import { App, BootstraplessSynthesizer, CfnOutput, DefaultStackSynthesizer, Duration, Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as sagemaker from "aws-cdk-lib/aws-sagemaker";
import * as sns from "aws-cdk-lib/aws-sns";

const app = new App();
const bootstrapped = app.node.tryGetContext("bootstrap") === "yes";
const name = bootstrapped ? "cdk-set" : "cdk-cli";
const stack = new Stack(app, name, {
  synthesizer: bootstrapped ? new DefaultStackSynthesizer() : new BootstraplessSynthesizer(),
});
const model = new sagemaker.CfnModel(stack, "Model", {
  executionRoleArn: "arn:aws:iam::123456789012:role/model",
  primaryContainer: { image: "model:1" },
});
const config = new sagemaker.CfnEndpointConfig(stack, "Config", {
  productionVariants: [{
    variantName: "main", modelName: model.attrModelName, initialVariantWeight: 1,
    instanceType: "ml.m5.xlarge", initialInstanceCount: Number(app.node.tryGetContext("count") ?? 2),
  }],
});
const errors = new cloudwatch.Metric({
  namespace: "AWS/SageMaker", metricName: "Invocation5XXErrors", period: Duration.minutes(1),
  dimensionsMap: { EndpointName: name, VariantName: "main" }, statistic: "Average",
});
const alarm = new cloudwatch.Alarm(stack, "Alarm", { metric: errors, threshold: 0.05, evaluationPeriods: 1 });
new sns.Topic(stack, "Topic");
const endpoint = new sagemaker.CfnEndpoint(stack, "Endpoint", {
  endpointName: name,
  endpointConfigName: config.attrEndpointConfigName,
  deploymentConfig: {
    autoRollbackConfiguration: { alarms: [{ alarmName: alarm.alarmName }] },
    blueGreenUpdatePolicy: {
      terminationWaitInSeconds: 60,
      trafficRoutingConfiguration: {
        type: "CANARY", waitIntervalInSeconds: 120, canarySize: { type: "CAPACITY_PERCENT", value: 50 },
      },
    },
  },
});
new CfnOutput(stack, "EndpointArn", { value: endpoint.ref });
