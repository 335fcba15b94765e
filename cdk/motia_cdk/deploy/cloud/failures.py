"""Every way an AWS call fails, as an error of ours that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from motia.errors import AwsError, CloudError

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_INVALID = {
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "AuthFailure",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


@contextmanager
def translated(service: str, where: str) -> Iterator[None]:
    """Turn botocore's errors into CloudError and AwsError. where: what was called, `cloudformation:CreateChangeSet`."""
    import botocore.exceptions as failed

    try:
        yield
    except failed.ClientError as error:
        raise from_response(service, where, error.response) from error
    except (failed.NoCredentialsError, failed.PartialCredentialsError) as error:
        raise CloudError(
            "There are no AWS credentials.",
            where=where,
            remedy="Run 'aws configure' or 'aws sso login', or set AWS_PROFILE; --local deploys to an emulator.",
        ) from error
    except (
        failed.TokenRetrievalError,
        failed.UnauthorizedSSOTokenError,
        failed.SSOTokenLoadError,
        failed.CredentialRetrievalError,
    ) as error:
        raise CloudError(
            "The AWS credentials have expired.", where=str(error), remedy="Run 'aws sso login'."
        ) from error
    except (failed.ProfileNotFound, failed.ConfigParseError, failed.ConfigNotFound) as error:
        raise CloudError(
            "The AWS configuration cannot be used.", where=str(error), remedy="See AWS_PROFILE."
        ) from error
    except failed.NoRegionError as error:
        raise no_region() from error
    except (failed.EndpointConnectionError, failed.HTTPClientError) as error:
        raise CloudError(
            "AWS does not answer.", where=str(error), remedy="Check the network, the region and AWS_ENDPOINT_URL."
        ) from error
    except failed.BotoCoreError as error:
        raise CloudError("An AWS call could not be made.", where=f"{where}: {error}") from error


def no_region() -> CloudError:
    """Nobody said which region."""
    return CloudError(
        "There is no AWS region.",
        allowed="eu-central-1, us-east-1, ...",
        remedy="Set region in motia.toml, or AWS_REGION.",
    )


def from_response(service: str, where: str, response: dict[str, object]) -> CloudError:
    """The error for a refusal of AWS, from botocore's parsed response."""
    answer = response.get("Error")
    details = answer if isinstance(answer, dict) else {}
    code, text = str(details.get("Code", "Unknown")), str(details.get("Message", ""))
    metadata = response.get("ResponseMetadata")
    about = metadata if isinstance(metadata, dict) else {}
    if code in _EXPIRED:
        return CloudError("The AWS credentials have expired.", where=where, remedy="Sign in again ('aws sso login').")
    if code in _INVALID:
        return CloudError(
            "AWS does not know these credentials.",
            where=f"{where}: {text}",
            remedy="Check AWS_PROFILE and the AWS_* variables.",
        )
    error = AwsError(
        f"{where} was refused: {text or code}",
        service=service,
        code=code,
        status=int(about.get("HTTPStatusCode", 0)),
        request_id=str(about.get("RequestId", "")),
    )
    if code in _DENIED:
        error.remedy = "The caller needs that permission."
    return error
