"""`infrastructure` of an event Step: memory and timeout of its function, behaviour of its queue."""

from __future__ import annotations

from bisect import bisect_left
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from motia_project.configs.base import Strict, refusal, type_name

DEFAULT_TIMEOUT_S = 30
DEFAULT_RAM_MB = 512

# RAM in MB -> vCPU, as the API reference's "auto-calculated" means; linear between.
_CPU = {
    128: 0.0625, 256: 0.125, 512: 0.25, 1024: 0.5, 1536: 0.75, 2048: 1.0, 3008: 1.5, 4096: 2.0, 5120: 2.5, 6144: 3.0,
    7168: 3.5, 8192: 4.0, 9216: 4.5, 10240: 5.0,
}  # fmt: skip
_CPU_TOLERANCE = 0.1 + 1e-9  # 1.1 - 1 is a little more than 0.1


def _between(low: int, high: int, too_low: str, too_high: str) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int):
            raise refusal(f"the value is {_what(value)}, it must be a whole number", allowed=f"{low}-{high}")
        if value < low:
            raise refusal(too_low, allowed=f"{low}-{high}")
        if value > high:
            raise refusal(too_high, allowed=f"{low}-{high}")
        return value

    return BeforeValidator(check)


def _what(value: object) -> str:
    return "a fraction" if isinstance(value, float) else type_name(value)


def _whole(name: str, low: int, high: int, unit: str = "") -> BeforeValidator:
    return _between(low, high, f"{name} must be at least {low}{unit}", f"{name} cannot exceed {high}{unit}")


_Ram = Annotated[int, _whole("RAM", 128, 10240, " MB")]
_Timeout = Annotated[int, _whole("Timeout", 1, 900, "s")]
_Retries = Annotated[int, _between(0, 999, "maxRetries cannot be negative", "maxRetries cannot exceed 999")]
_Visibility = Annotated[int, _whole("visibilityTimeout", 1, 43200, "s")]  # Amazon SQS: 12 hours at most
_Delay = Annotated[
    int,
    _between(0, 900, "delaySeconds cannot be negative", "delaySeconds cannot exceed 900 seconds (15 minutes)"),
]
_Concurrency = Annotated[int, _whole("concurrency", 2, 1000)]  # AWS Lambda: MaximumConcurrency of an SQS event source


class HandlerInfrastructure(Strict):
    """ram: MB. cpu: vCPU, must fit ram. timeout: seconds."""

    ram: _Ram | None = None
    cpu: Annotated[float, Field(gt=0)] | None = None
    timeout: _Timeout | None = None

    @model_validator(mode="after")
    def _cpu_fits_ram(self) -> Self:
        ram = self.ram or DEFAULT_RAM_MB
        if self.cpu is not None and abs(self.cpu - expected_cpu(ram)) > _CPU_TOLERANCE:
            default = "" if self.ram else " (the default)"
            raise refusal(
                f"CPU ({self.cpu:g} vCPU) is not proportional to RAM ({ram} MB){default}. "
                f"Expected approximately {expected_cpu(ram):.4g} vCPU",
                remedy="leave out `cpu`: it follows from `ram`",
            )
        return self


class QueueInfrastructure(Strict):
    """maxRetries: attempts after the first. visibilityTimeout, delaySeconds: seconds. concurrency: runs at a time."""

    type: Literal["standard", "fifo"] | None = None
    maxRetries: _Retries | None = None
    visibilityTimeout: _Visibility | None = None
    delaySeconds: _Delay | None = None
    concurrency: _Concurrency | None = None


class Infrastructure(Strict):
    """Both parts, and what one demands of the other."""

    handler: HandlerInfrastructure | None = None
    queue: QueueInfrastructure | None = None

    @property
    def timeout_s(self) -> int:
        return (self.handler and self.handler.timeout) or DEFAULT_TIMEOUT_S

    @property
    def ram_mb(self) -> int:
        return (self.handler and self.handler.ram) or DEFAULT_RAM_MB

    @model_validator(mode="after")
    def _visible_after_the_timeout(self) -> Self:
        visibility = self.queue.visibilityTimeout if self.queue else None
        if visibility is not None and visibility <= self.timeout_s:
            default = "" if self.handler and self.handler.timeout else ", the default"
            raise refusal(
                f"Visibility timeout ({visibility}s) must be greater than handler timeout "
                f"({self.timeout_s}s{default}) to prevent premature message redelivery",
                remedy=f"raise `queue.visibilityTimeout` (six times the timeout, {6 * self.timeout_s}, is advised), "
                "lower `handler.timeout`, or leave out `queue.visibilityTimeout`",
            )
        return self


def expected_cpu(ram_mb: int) -> float:
    """vCPU that come with so much memory."""
    sizes = sorted(_CPU)
    position = bisect_left(sizes, ram_mb)
    if sizes[position] == ram_mb:
        return _CPU[ram_mb]
    low, high = sizes[position - 1], sizes[position]
    return _CPU[low] + (_CPU[high] - _CPU[low]) * (ram_mb - low) / (high - low)
