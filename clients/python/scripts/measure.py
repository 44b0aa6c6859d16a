"""Steps per second of `EpisodePool` and of single steps against a running server.

    python scripts/measure.py [--url ws://127.0.0.1:8765] [--episodes 32] [--seconds 5]

Every step is a successful read whose arguments were seen in an earlier answer, as an agent's would be.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import time

from fractal_gym import Client, Episode, GymError

CATEGORIES = ("kitchen", "home", "clothing", "outdoor", "electronics")


def action_for(episode: Episode) -> dict[str, object]:
    """Lists a category, then looks at products of the list."""
    seen = re.findall(r'"product_id":"([^"]+)"', episode.observation.messages[-1].content)
    if episode.seq % 4 == 0 or not seen:
        return {"name": "list_products", "arguments": {"category": CATEGORIES[episode.seq % 5]}}
    return {"name": "get_product", "arguments": {"product_id": seen[episode.seq % len(seen)]}}


def measure(client: Client, size: int, seconds: float) -> dict[str, float]:
    """Plays for a while; what came of it."""
    rows = ({"scenario": "retail", "seed": seed} for seed in itertools.count(1))
    steps = failed = 0
    with client.pool(rows, size=size, options={"dynamics": "clean"}) as pool:
        began, cpu = time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            for _, outcome in pool.step([action_for(episode) for episode in pool.episodes]):
                steps += 1
                failed += isinstance(outcome, GymError) or bool(outcome.observation.messages[-1].is_error)
        took, busy = time.perf_counter() - began, time.process_time() - cpu
    return {
        "episodes_at_once": size,
        "steps_per_second": round(steps / took),
        "client_cpu_us_per_step": round(busy / steps * 1e6, 1),
        "failed_share": round(failed / steps, 4),
    }


def main() -> None:
    """Measures and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="ws://127.0.0.1:8765")
    parser.add_argument("--episodes", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args()
    for encoding in ("msgpack", "json"):
        with Client(asked.url, encoding=encoding) as client:
            for size in (asked.episodes, 1):
                print(json.dumps({"encoding": encoding, **measure(client, size, asked.seconds)}))


if __name__ == "__main__":
    main()
