"""Register B: what its verbs do beside their move, and what they store (S4 Art. 15 to 37)."""

from registry.service.data_property.recording import store_certificate
from registry.service.data_property.verbs import EFFECTS, clock_may, target_of

__all__ = ["EFFECTS", "clock_may", "store_certificate", "target_of"]
