"""Soaks of the gateway stand on the same ground as its tests."""

from tests.sms_gateway.conftest import gateway_settings, one_simulator, outbox, simulator

__all__ = ["gateway_settings", "one_simulator", "outbox", "simulator"]
