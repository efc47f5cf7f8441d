"""How properties are tested: on a busy machine examples come slowly, and are not wrong for it."""

from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
