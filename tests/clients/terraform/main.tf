# An endpoint with guardrails and its alarm, as the provider's documentation has them.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "instances" {
  type    = number
  default = 2
}

resource "aws_sagemaker_model" "churn" {
  name               = "terraform-churn"
  execution_role_arn = "arn:aws:iam::123456789012:role/model"

  primary_container {
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/model:1"
  }
}

resource "aws_sagemaker_endpoint_configuration" "churn" {
  name = "terraform-churn-${var.instances}"

  production_variants {
    variant_name           = "main"
    model_name             = aws_sagemaker_model.churn.name
    initial_instance_count = var.instances
    instance_type          = "ml.m5.xlarge"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "terraform-5xx"
  namespace           = "AWS/SageMaker"
  metric_name         = "Invocation5XXErrors"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0.05
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"

  dimensions = {
    EndpointName = "terraform-churn"
    VariantName  = "main"
  }
}

resource "aws_sagemaker_endpoint" "churn" {
  name                 = "terraform-churn"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.churn.name

  deployment_config {
    auto_rollback_configuration {
      alarms {
        alarm_name = aws_cloudwatch_metric_alarm.errors.alarm_name
      }
    }

    blue_green_update_policy {
      termination_wait_in_seconds          = 60
      maximum_execution_timeout_in_seconds = 3600

      traffic_routing_configuration {
        type                     = "CANARY"
        wait_interval_in_seconds = 120

        canary_size {
          type  = "CAPACITY_PERCENT"
          value = 50
        }
      }
    }
  }
}
