"""AWS services as bluegreen uses them; only these modules import botocore."""
