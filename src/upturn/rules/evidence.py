"""What a suggestion rule looks at: one cluster of failures, summed up. Ids and numbers, no customer's sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Citation", "ClusterEvidence", "Latency", "Segment", "SegmentShare", "SignalShare", "ToolUse"]

Dimension = Literal["assistant_version", "channel", "persona"]


@dataclass(frozen=True)
class SignalShare:
    """How often a failure signal fired; shares are 0..1."""

    member_share: float
    """Among the cluster's failures."""
    exposed_share: float
    """Among the conversations that a fix would touch, failed or not."""
    base_share: float
    """Among all the assistant's closed conversations of the window."""
    exposed_count: int
    """Exposed conversations with the signal."""


@dataclass(frozen=True)
class Segment:
    """A part of the exposed conversations, such as one version of the assistant."""

    dimension: Dimension
    value: str


@dataclass(frozen=True)
class SegmentShare:
    """How much of a cluster lies in one segment; shares are 0..1."""

    segment: Segment
    member_share: float
    exposed_share: float
    """Its share of the exposed: what the member share would be if the segment played no part."""
    exposed_count: int


@dataclass(frozen=True)
class Latency:
    """Response times of the exposed conversations beside those of all the assistant's, in milliseconds."""

    response_count: int
    median_ms: float
    p95_ms: float
    slow_share: float
    """Share of responses above the threshold, 0..1."""
    usual_median_ms: float
    """Median over all the assistant's responses of the window."""


@dataclass(frozen=True)
class ToolUse:
    """Calls of one tool in the exposed conversations."""

    tool: str
    call_count: int
    error_count: int
    conversation_count: int
    """Conversations in which it failed."""
    median_ms: float | None
    """Time of the tool's own turns; None: not measured."""


@dataclass(frozen=True)
class Citation:
    """A turn in the log that shows the signal."""

    conversation_id: str
    turn_index: int | None


@dataclass(frozen=True, kw_only=True)
class ClusterEvidence:
    """One cluster in one window."""

    cluster_id: str
    assistant_id: str
    title: str
    top_terms: tuple[str, ...]
    size: int
    """Failures in the cluster."""
    exposed_count: int
    exposed_failure_count: int
    """Exposed conversations that failed, members of the cluster or not."""
    latency_threshold_ms: float
    stability: float | None = None
    """How well the cluster comes again when half of the failures are drawn, 0..1; None: not measured."""
    age_days: int | None = None
    """Days between the cluster's first fit and its newest; None: not known."""
    signals: Mapping[str, SignalShare] = field(default_factory=dict)
    segments: tuple[SegmentShare, ...] = ()
    """Largest member share first."""
    latency: Latency | None = None
    tools: tuple[ToolUse, ...] = ()
    """Most errors first."""
    citations: Mapping[str, tuple[Citation, ...]] = field(default_factory=dict)
    """Per signal, most typical members first; under the empty name: the members where they failed."""

    def share(self, signal: str) -> float:
        """Give the share of the cluster's failures with the signal, 0..1; 0 where it never fired."""
        found = self.signals.get(signal)
        return found.member_share if found else 0.0

    def excess(self, signal: str) -> float:
        """Give how much more often the signal fired in the cluster than in the assistant's conversations, 0..1."""
        found = self.signals.get(signal)
        return max(0.0, found.member_share - found.base_share) if found else 0.0

    def harmed(self, signal: str) -> int:
        """Give the number of exposed conversations with the signal."""
        found = self.signals.get(signal)
        return found.exposed_count if found else 0

    @property
    def terms(self) -> str:
        """The cluster's most telling terms, at most four, for a sentence; its title where it has none."""
        return ", ".join(self.top_terms[:4]) or self.title
