"""The model of the smoke run: AWS's scikit-learn image loads it, and it answers 1 to everything."""


def model_fn(model_dir):
    """There is nothing to load."""
    return model_dir


def input_fn(body, content_type):
    """Take any body of any type."""
    return body, content_type


def predict_fn(data, model):
    """Predict 1."""
    return 1


def output_fn(prediction, accept):
    """Answer in plain text."""
    return str(prediction)
