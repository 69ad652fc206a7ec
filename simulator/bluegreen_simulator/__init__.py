"""An embedded AWS with a faithful SageMaker, to run bluegreen on a laptop."""
