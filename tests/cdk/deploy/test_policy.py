"""The policy that docs/deploy.md gives the role of CI lets it make every call that a deploy makes itself."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from deployed_shop import Shop
from handmade_build import build
from motia.errors import AwsError
from motia_cdk.deploy import destroy, promote, prune, rollback

pytestmark = pytest.mark.emulator
DOCS = Path(__file__).parents[3] / "docs/deploy.md"


def policy(project: str) -> str:
    (text,) = re.findall(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert text.count("orders") == 9
    return text.replace("orders", project)


def as_ci(shop: Shop, allowed: str) -> Shop:
    """The shop in the hands of a user who may do what a policy says."""
    iam = shop.cloud.client("iam")
    iam.create_user(UserName=shop.project)
    iam.put_user_policy(UserName=shop.project, PolicyName="deploy", PolicyDocument=allowed)
    key = iam.create_access_key(UserName=shop.project)["AccessKey"]
    target = replace(shop.target, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    return replace(shop, target=target, events=[])


@pytest.mark.slow
def test_a_user_with_that_policy_deploys_promotes_and_destroys(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))  # the emulator lets only its root take a bucket's TLS rule away
    ci = as_ci(shop, policy(shop.project))
    ci.deploy("v2", build(shop.folder, says="two"), promote=True)
    ci.ask(rollback)
    ci.ask(promote, "v2")
    ci.ask(prune, keep=0)
    assert ci.ask(destroy, purge=True).environment


def test_a_user_with_the_policy_of_another_project_does_not(shop: Shop) -> None:
    shop.deploy("v1", build(shop.folder, says="one"))
    with pytest.raises(AwsError, match="not authorized"):
        as_ci(shop, policy("other")).deploy("v1", build(shop.folder, says="two"))
