"""The bucket in which reports are stored."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ReportsBucket:
    """Reports on deployments, each an object; the bucket encrypts them and keeps versions."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def store(self, name: str, page: str) -> None:
        """Store a page of HTML; one that has the name already becomes an older version.

        Raises what S3 or the SDK says where it is not taken: Lambda tries again.
        """
        self._client.put_object(
            Bucket=self._bucket,
            Key=name,
            Body=page.encode(errors="replace"),
            ContentType="text/html; charset=utf-8",
        )
