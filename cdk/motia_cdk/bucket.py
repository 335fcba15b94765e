"""The environment's bucket: bundles, manifests, and what is too large for a queue or a table."""

from __future__ import annotations

from constructs import Construct

from motia_cdk.place import Place
from motia_cdk.resource import declare, retain

PAYLOAD_DAYS = 29  # an event can wait 14 days in its queue and then, if that is FIFO, 14 more as a dead letter


class EnvironmentBucket(Construct):
    """Private, encrypted, over TLS only, kept when the stack goes. `name` is a token."""

    def __init__(self, scope: Construct, id: str, place: Place) -> None:
        super().__init__(scope, id)
        bucket = declare(
            self,
            "Bucket",
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
                },
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "Id": "payloads",
                            "Status": "Enabled",
                            "Prefix": "payloads/",
                            "ExpirationInDays": PAYLOAD_DAYS,
                        },
                        {"Id": "templates", "Status": "Enabled", "Prefix": "templates/", "ExpirationInDays": 1},
                        {
                            "Id": "uploads",
                            "Status": "Enabled",
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                        },
                    ]
                },
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "BlockPublicPolicy": True,
                    "IgnorePublicAcls": True,
                    "RestrictPublicBuckets": True,
                },
            },
        )
        self.name = retain(bucket).ref
        arn = f"arn:{place.partition}:s3:::{self.name}"
        policy = declare(
            self,
            "Policy",
            "AWS::S3::BucketPolicy",
            {
                "Bucket": self.name,
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "OnlyTls",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [arn, f"{arn}/*"],
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ],
                },
            },
        )
        retain(policy)
