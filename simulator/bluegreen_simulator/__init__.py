"""An embedded AWS with a faithful SageMaker in it, for running bluegreen on a laptop."""
