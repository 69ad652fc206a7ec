"""The model of the smoke run: AWS's scikit-learn image loads it, and it answers 1 to everything."""


def model_fn(model_dir: str) -> str:
    """There is nothing to load."""
    return model_dir


def input_fn(body: object, content_type: str) -> object:
    """Take any body of any type."""
    return body, content_type


def predict_fn(data: object, model: str) -> int:
    """Predict 1."""
    return 1


def output_fn(prediction: int, accept: str) -> str:
    """Answer in plain text."""
    return str(prediction)
