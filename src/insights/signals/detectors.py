"""Every question that is asked of a night: one more detector is one more line."""

from __future__ import annotations

from insights.signals import emergence, trend
from insights.signals.finding import Detector

DETECTORS: tuple[Detector, ...] = (emergence.detect, trend.detect)
