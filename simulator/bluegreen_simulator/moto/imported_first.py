"""Moto's EC2, which other services of moto import: before any of them, and in half of its time.

While it is imported it makes three sessions of botocore, each of which reads the longest of all
models and the list of all endpoints anew. Here they share what the first one has read.
"""

from unittest.mock import patch

import botocore.session
from botocore.loaders import Loader

with patch.object(botocore.session, "create_loader", return_value=Loader()):
    import moto.ec2

__all__ = ["moto"]
