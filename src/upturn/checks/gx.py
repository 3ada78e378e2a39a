"""The adapter of Great Expectations: a suite over a frame, at result format BASIC."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from upturn.checks.expectation import CheckResult, Expectation

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["evaluate"]


def evaluate(suite: str, expectations: Sequence[Expectation], frame: pa.Table) -> tuple[CheckResult, ...]:
    """Give what Great Expectations says of each expectation over `frame`, in their order.

    An empty frame satisfies everything, with nothing evaluated. Give narrow columns only (numbers, and texts of a
    few distinct values): they become a pandas frame, text as categories.
    """
    if frame.num_rows == 0:
        return tuple(CheckResult(suite, expectation.name, True, 0, 0) for expectation in expectations)
    # Integers with NULLs become floats: all limits are far below 2^53.
    given = {"dataframe": frame.to_pandas(strings_to_categorical=True)}
    said = _validated(_suite(suite, expectations), given)
    by_name = {one.expectation_config.meta["name"]: one for one in said.results}
    return tuple(_result(suite, expectation, by_name[expectation.name]) for expectation in expectations)


def _validated(suite: Any, given: dict[str, Any]) -> Any:
    """Validate the frame itself: by way of a batch it would be loaded, and fingerprinted whole, twice."""
    from great_expectations.validator.v1_validator import Validator

    return Validator(_batches(), result_format="BASIC", batch_parameters=given).validate_expectation_suite(suite)


def _result(suite: str, expectation: Expectation, said: Any) -> CheckResult:
    raised = [info for info in _exceptions(said.exception_info) if info.get("raised_exception")]
    if raised:
        raise RuntimeError(f"Great Expectations could not check {suite}: {expectation.name}: {raised[0]}")
    return CheckResult(
        suite=suite,
        expectation=expectation.name,
        is_success=bool(said.success),
        evaluated_count=int(said.result["element_count"]),
        unexpected_count=int(said.result["unexpected_count"]),
    )


def _exceptions(info: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Give the exceptions of a result: one, or one per metric."""
    if not info:
        return []
    return [info] if "raised_exception" in info else list(info.values())


def _suite(name: str, expectations: Sequence[Expectation]) -> Any:
    import great_expectations as gx
    import great_expectations.expectations as gxe

    made = [
        getattr(gxe, expectation.gx_class)(**expectation.arguments, meta={"name": expectation.name})
        for expectation in expectations
    ]
    return gx.ExpectationSuite(name=name, expectations=made)


@cache
def _batches() -> Any:
    """Give the batch definition of frames in an ephemeral context: no files, no network, no progress bars."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return (
        context.data_sources.add_pandas("staged")
        .add_dataframe_asset("chunk")
        .add_batch_definition_whole_dataframe("all")
    )
