"""The clients that are tried: where each is installed, and which script tries it."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shipped import ROOT

SCRIPTS: Final = Path(__file__).with_name("scripts")
OURS: Final = str(ROOT / ".venv/bin/python")
CLIENTS_PYTHON: Final = str(ROOT / ".venv-clients/bin/python")
CORE_PYTHON: Final = str(ROOT / ".venv-clients-core/bin/python")
NODE: Final = "node"


@dataclass(frozen=True)
class Client:
    """A client of AWS, and how its script is run."""

    name: str
    runs_in: str
    """The Python or Node that runs the script."""
    script: str
    needs: str = ""
    """A program that no registry has: where it is missing, the last result stands."""

    @property
    def path(self) -> Path:
        """Where the script is."""
        return SCRIPTS / self.script

    @property
    def command(self) -> list[str]:
        """What runs it."""
        return [self.runs_in, str(self.path)]

    @property
    def what(self) -> str:
        """What is run: the script's first line."""
        text = self.path.read_text("utf-8")
        if self.path.suffix == ".mjs":
            return text.partition("\n")[0].removeprefix("// ")
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


CLIENTS: Final = (
    Client("boto3", CLIENTS_PYTHON, "with_boto3.py"),
    Client("AWS CLI, version 1", OURS, "with_aws_cli.py"),
    Client("SageMaker Python SDK, version 2", CLIENTS_PYTHON, "with_sagemaker_2.py"),
    Client("sagemaker-core, version 1", CLIENTS_PYTHON, "with_sagemaker_core.py"),
    Client("sagemaker-core, version 2", CORE_PYTHON, "with_sagemaker_core.py"),
    Client("mlflow", CLIENTS_PYTHON, "with_mlflow.py"),
    Client("Step Functions Data Science SDK", CLIENTS_PYTHON, "with_stepfunctions.py"),
    Client("AWS SDK for JavaScript, version 3", NODE, "with_javascript.mjs"),
    Client("AWS CDK", CLIENTS_PYTHON, "with_cdk.py"),
    Client("AWS SAM CLI", OURS, "with_sam.py"),
    Client("Terraform", OURS, "with_terraform.py", needs="terraform"),
)
