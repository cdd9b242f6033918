"""What networks cost on this CPU, and which fit a time limit."""

from .advice import Advice, find_advice
from .efficiency_grid import efficiency_grid
from .latency import known_latencies, measure_latency, update_latencies
from .pareto import pareto_chart, pareto_front

__all__ = [
    "Advice",
    "efficiency_grid",
    "find_advice",
    "known_latencies",
    "measure_latency",
    "pareto_chart",
    "pareto_front",
    "update_latencies",
]
