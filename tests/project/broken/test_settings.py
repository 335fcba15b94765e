"""A `motia.toml` that is wrong."""

# ruff: noqa: E501  messages are recorded as they are shown

from textwrap import dedent

import pytest

from step_sources import api

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
    pytest.param(
        {A: api(), "motia.toml": "name = \n"},
        """
        motia.toml
          error: the file is not valid TOML: Invalid value (at line 1, column 8)
        """,
        id="syntax",
    ),
    pytest.param(
        {A: api(), "motia.toml": 'runtme = "python3.12"\n'},
        """
        motia.toml
          error: runtme: the key is unknown
              allowed: name, runtime, node_runtime, architecture, api, region, log_retention_days, keep_versions, preview, packages, vpc, domain, alarms
              do: did you mean 'runtime'?
        """,
        id="an unknown key",
    ),
    pytest.param(
        {A: api(), "motia.toml": 'runtime = "python3.9"\n'},
        """
        motia.toml
          error: runtime: the value is not one of those allowed
              value: "python3.9"
              allowed: python3.11, python3.12, python3.13, python3.14
        """,
        id="a Python that Lambda does not have",
    ),
    pytest.param(
        {A: api(), "motia.toml": 'node_runtime = "nodejs18.x"\n'},
        """
        motia.toml
          error: node_runtime: the value is not one of those allowed
              value: "nodejs18.x"
              allowed: nodejs22.x, nodejs24.x
        """,
        id="a Node that Lambda does not have",
    ),
    pytest.param(
        {
            A: api(),
            "motia.toml": 'name = "my app"\narchitecture = "arm"\napi = "routers"\nlog_retention_days = 31\nkeep_versions = 0\npreview = "yes"\npackages = ["foo-bar"]\nregion = "Frankfurt"\n',
        },
        """
        motia.toml
          error: name: the value does not have the right form
              value: "my app"
              allowed: letters, digits, '.', '_' and '-', 64 at most
          error: architecture: the value is not one of those allowed
              value: "arm"
              allowed: arm64 or x86_64
              do: did you mean 'arm64'?
          error: api: the value is not one of those allowed
              value: "routers"
              allowed: functions or router
              do: did you mean 'router'?
          error: region: the value does not have the right form
              value: "Frankfurt"
              allowed: a region such as eu-central-1
          error: log_retention_days: the value is not one of those allowed
              value: 31
              allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
          error: keep_versions: the value must be at least 1
              value: 0
          error: preview: the value is text, it must be true or false
              value: "yes"
          error: packages[0]: the value does not have the right form
              value: "foo-bar"
              allowed: the name in an import statement, such as yaml
        """,
        id="values",
    ),
    pytest.param(
        {
            A: api(),
            "motia.toml": 'alarms = 3\n[vpc]\nsubnet_ids = []\nsecurity_groups = ["sg-1"]\n[domain]\nname = "https://api.example.com"\ncertificate_arn = "x"\n',
        },
        """
        motia.toml
          error: vpc.subnet_ids: the list needs at least 1 entry
              value: []
          error: vpc.security_group_ids: the key is missing
          error: vpc.security_groups: the key is unknown
              allowed: subnet_ids, security_group_ids
              do: did you mean 'security_group_ids'?
          error: domain.name: the value does not have the right form
              value: "https://api.example.com"
              allowed: a host name in lower case, such as api.example.com
          error: domain.certificate_arn: the value does not have the right form
              value: "x"
              allowed: arn:aws:acm:REGION:ACCOUNT:certificate/ID
          error: alarms: the value is a number, it must be a table
              value: 3
        """,
        id="tables",
    ),
    pytest.param(
        {A: api(), "motia.toml": 'name = "Größe"\n'.encode("latin-1")},
        """
        motia.toml
          error: the file is not UTF-8 text
              do: save it as UTF-8
        """,
        id="not UTF-8",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
