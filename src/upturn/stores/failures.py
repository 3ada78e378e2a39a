"""What went wrong at an object store, in one line: what to do about it, and whether waiting helps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from upturn.domain.errors import StoreError, StoreUnreachableError, UpturnError
from upturn.stores.address import shown

__all__ = ["is_store_failure", "store_failure", "translated"]

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_SECRET: Final = re.compile(r"(?i)(X-Amz-[A-Za-z-]+|sig|token|signature|AWSAccessKeyId)=[^\s&]+")
_SAID: Final = 160
_CREDENTIALS: Final = (
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, GOOGLE_APPLICATION_CREDENTIALS, or AZURE_STORAGE_ACCOUNT_KEY"
)
_KNOWN: Final = (
    (
        "NoSuchBucket|NO_SUCH_BUCKET|specified bucket does not exist|ContainerNotFound",
        "there is no such bucket; check its name",
    ),
    (
        r"169\.254\.169\.254|/latest/api/token|metadata\.google\.internal|credential provider|[Nn]o ?[Cc]redentials|"
        "[Cc]ould not (?:find|load) credentials",
        f"no credentials were found; set them in the environment ({_CREDENTIALS}), or give the machine a role",
    ),
    (
        "InvalidAccessKeyId|INVALID_ACCESS_KEY_ID|SignatureDoesNotMatch|SIGNATURE_DOES_NOT_MATCH|INVALID_SIGNATURE|"
        "InvalidToken|ExpiredToken|EXPIRED_TOKEN|401 Unauthorized|UNAUTHENTICATED|lacked valid authentication",
        "the credentials are not accepted; set valid ones in the environment",
    ),
    (
        "AccessDenied|ACCESS_DENIED|PERMISSION_DENIED|Forbidden|lacked the necessary privileges",
        "these credentials may not do that; grant them the right",
    ),
)
_SPOKEN: Final = re.compile(
    r"Generic (?:S3|GCS|MicrosoftAzure|Azure) error|Error performing|AWS Error|error sending request|"
    r"Object store error|lacked the necessary privileges|lacked valid authentication|after \d+ retries"
)
_PASSING: Final = re.compile(
    r"(?i)NETWORK_CONNECTION|error sending request|connection (?:refused|reset|closed)|timed? ?out|dns|"
    r"could not connect|couldn't connect|curlCode|SLOW_DOWN|SlowDown|SERVICE_UNAVAILABLE|INTERNAL_FAILURE|"
    r"InternalError|(?:500|502|503|504) |RequestTimeout|after \d+ retries"
)


def is_store_failure(error: BaseException) -> bool:
    """Whether a library's error comes from talking to a store, and not from what was read there."""
    return _SPOKEN.search(str(error)) is not None


def store_failure(address: str, error: BaseException) -> UpturnError:
    """Give the error to raise for what a library said about an address; it quotes no secret.

    What passes by itself (no connection, a busy store) is a `StoreUnreachableError`, all else a `StoreError`.
    """
    text = _COLOUR.sub("", str(error))
    place = shown(address)
    for pattern, reason in _KNOWN:
        if re.search(pattern, text):
            return StoreError(f"{place} can't be used: {reason}")
    words = " ".join(_SECRET.sub(r"\1=…", text).replace("↳", "").split())
    said = words if len(words) <= _SAID else f"{words[: _SAID // 2]} … {words[-_SAID // 2 :]}"
    if _PASSING.search(text):
        return StoreUnreachableError(
            f"{place} can't be reached: {said}; check the network and the endpoint, then try again"
        )
    return StoreError(f"{place} can't be used: {said}")


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Turn the errors of the libraries that speak to object stores into ours."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # pyarrow's ArrowInvalid is a ValueError
        raise store_failure(address, error) from error
