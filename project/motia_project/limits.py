"""Limits of AWS that a project can meet, by the page that states them."""

HTTP_API_ROUTES = 300
"""Amazon API Gateway, "Quotas for configuring and running an HTTP API": routes, and integrations, per API."""

RULES_PER_BUS = 300
"""Amazon EventBridge quotas: rules per event bus."""

STACK_RESOURCES = 500
"""AWS CloudFormation quotas: resources per template."""
