"""Bundles and manifest into the environment's bucket, by content: what is there already is not sent again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from motia.errors import ProjectError
from motia_cdk.deploy import progress
from motia_cdk.deploy.cloud.objects import Objects
from motia_project.manifest import Manifest

BUNDLES = "bundles/"
MANIFESTS = "manifests/"
_AT_ONCE = 16


@dataclass(frozen=True)
class Upload:
    """One bundle to send. path: of the zip; size: bytes."""

    key: str
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class UploadPlan:
    """What to send, and how many bundles are there already."""

    missing: tuple[Upload, ...]
    unchanged: int


def bundle_key(sha256: str) -> str:
    """Where a bundle lies in the bucket."""
    return f"{BUNDLES}{sha256}.zip"


def plan_upload(manifest: Manifest, dist: Path, present: Mapping[str, int]) -> UploadPlan:
    """Compare the manifest's bundles with what the bucket has (`present`: key -> bytes). Pure.

    An object of another size than the bundle is the remains of something broken and sent again.
    """
    wanted = {
        bundle_key(bundle.sha256): Upload(bundle_key(bundle.sha256), dist / path, bundle.sha256, bundle.size)
        for path, bundle in sorted(manifest.bundles.items())
    }
    missing = tuple(upload for key, upload in wanted.items() if present.get(key) != upload.size)
    return UploadPlan(missing, len(wanted) - len(missing))


def upload_bundles(
    objects: Objects,
    manifest: Manifest,
    dist: Path,
    report: progress.Report,
    alive: Callable[[], None] = lambda: None,
) -> UploadPlan:
    """Send what the bucket lacks, several at a time. ProjectError when `dist` is not the build of this manifest."""
    plan = plan_upload(manifest, dist, objects.sizes(BUNDLES))
    report(progress.Uploading(len(plan.missing), plan.unchanged, sum(upload.size for upload in plan.missing)))
    if not plan.missing:
        return plan
    for upload in plan.missing:
        if not upload.path.is_file() or upload.path.stat().st_size != upload.size:
            raise ProjectError("A bundle is missing from the build.", where=str(upload.path), remedy="Build again.")
    with ThreadPoolExecutor(min(_AT_ONCE, len(plan.missing))) as pool:
        running = {pool.submit(objects.put_file, u.key, u.path, u.sha256): u for u in plan.missing}
        try:
            for done, future in enumerate(as_completed(running), start=1):
                future.result()
                upload = running[future]
                name = upload.path.relative_to(dist).as_posix()
                report(progress.Uploaded(name, upload.size, done, len(plan.missing)))
                alive()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return plan


def manifest_text(manifest: Manifest) -> bytes:
    """The manifest as it is kept; equal manifests give equal bytes."""
    values = manifest.model_dump(mode="json", exclude_none=True)
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def upload_manifest(objects: Objects, manifest: Manifest, version: str) -> str:
    """Keep the manifest of a version; its key.

    The key holds the digest: a version that is deployed again, and fails, has not lost its old manifest.
    """
    body = manifest_text(manifest)
    sha = hashlib.sha256(body).hexdigest()
    key = f"{MANIFESTS}{version}/{sha}.json"
    objects.put(key, body, "application/json")
    return key
