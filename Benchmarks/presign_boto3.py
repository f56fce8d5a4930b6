"""boto3's presigned URLs per CPU-second, from one client that is kept, as its documentation advises."""

from __future__ import annotations

import json
import time

import boto3
from botocore.config import Config

SECONDS = 2.0

client = boto3.client(
    "s3", region_name="ap-northeast-2", endpoint_url="https://s3.ap-northeast-2.amazonaws.com",
    aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret",
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
)


def make(work: str, number: int) -> str:
    target = {"Bucket": "pacs-masks", "Key": f"masks/annotation_121/group_10/slice_{number}.png"}
    if work == "get":
        return client.generate_presigned_url("get_object", Params=target, ExpiresIn=600)
    metadata = {"annotation_id": "121", "user_id": "1"}
    return client.generate_presigned_url(
        "put_object", Params={**target, "ContentType": "image/png", "Metadata": metadata}, ExpiresIn=600
    )


for work in ("get", "put"):
    for number in range(200):
        make(work, number)
    start = time.process_time()
    made = 0
    while time.process_time() - start < SECONDS:
        for _ in range(50):
            assert make(work, made)
            made += 1
    print(json.dumps({"work": work, "per_cpu_second": made / (time.process_time() - start)}))
