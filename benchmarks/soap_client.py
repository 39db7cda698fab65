"""How fast persons and memberships cross the wire: a hand-written template, plain zeep, and ours.

    python -m benchmarks.soap_client [--seconds 1.0]

One run, one machine: a server in a process of its own answers at once with ready-made texts, so
that the figures are the client's. "template" is httpx posting XML from a hand-written f-string and,
for reads, picking the same fields out by hand; "zeep" is a plain zeep client; "ours" is SiteWriter
and SiteReader with all their checks. All three send one request at a time over one connection that
is kept, without compression, and are measured by turns, each by its best round. The last lines hold
the figures against the bars: half of the template at every batch, and ten times zeep from the
default batch of 50 on, below which HTTP takes most of the time of all three.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from pathlib import Path

from benchmarks.soap_answers import BATCHES, OPERATIONS, serve
from benchmarks.soap_sides import Job, Ours, PlainZeep, Template

ROUNDS = 12
BARS = (("template", 0.5, 1), ("zeep", 10.0, 50))  # ours : other, from which batch on

Shares = dict[tuple[str, int, str], tuple[float, float]]  # ours : other, by wall clock and by CPU


def _rates(jobs: dict[str, Job], size: int, seconds: float) -> dict[str, tuple[float, float]]:
    """The best of several rounds, the clients by turns, so that a busy machine hurts all alike."""
    best = dict.fromkeys(jobs, (0.0, 0.0))
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            rate = _rate(job, size, seconds / ROUNDS)
            best[name] = (max(best[name][0], rate[0]), max(best[name][1], rate[1]))
    return best


def _rate(job: Job, size: int, seconds: float) -> tuple[float, float]:
    """Items a second by the wall clock, and by this process's own CPU."""
    job()
    calls, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        job()
        calls += 1
    return (
        calls * size / (time.perf_counter() - wall),
        calls * size / (time.process_time() - cpu),
    )


def _memory() -> str:
    """Resident memory of this process, where the system tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "unknown here"
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return f"{int(line.split()[1]) / 1024:.0f} MB"


def _verdict(other: str, bar: float, least_batch: int, shares: Shares) -> str:
    """One line: whether the bar is met at all batches that it is for, and where it is tightest."""
    found = {
        (share, operation, size)
        for (operation, size, name), (share, _) in shares.items()
        if name == other and size >= least_batch
    }
    (least, operation, size), low = min(found), [one for one in found if one[0] < bar]
    cpu = min(
        one[1] for (_, size, name), one in shares.items() if name == other and size >= least_batch
    )
    return (
        f"ours at least {bar:g} of {other}, batch {least_batch} and more: "
        f"{'MISSED' if low else 'met'} (least {least:.2f}, {operation} at {size}; "
        f"least by CPU {cpu:.2f})"
    )


def main() -> None:
    """Prints the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=1.0, help="for each figure")
    seconds = options.parse_args().seconds
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{here.recv()}"
    clients = {"template": Template(base), "zeep": PlainZeep(base), "ours": Ours(base)}
    print(
        f"Python {sys.version.split()[0]}, {seconds:g} s a figure; items/s, in brackets per CPU s"
    )
    shares: Shares = {}
    for operation in OPERATIONS:
        print(f"\n{operation:24} " + "".join(f"{size:>20}" for size in BATCHES))
        table: dict[str, list[tuple[float, float]]] = {name: [] for name in clients}
        for size in BATCHES:
            jobs = {name: client.job(operation, size) for name, client in clients.items()}
            rates = _rates(jobs, size, seconds)
            for name, rate in rates.items():
                table[name].append(rate)
            for other, _, _ in BARS:
                wall, cpu = (rates["ours"][place] / rates[other][place] for place in (0, 1))
                shares[operation, size, other] = wall, cpu
        for name, row in table.items():
            print(f"  {name:22} " + "".join(f"{f'{a:,.0f} ({b:,.0f})':>20}" for a, b in row))
        for other, _, _ in BARS:
            pairs = [shares[operation, size, other] for size in BATCHES]
            print(
                f"  {f'ours : {other}':22} "
                + "".join(f"{f'{wall:.2f} ({cpu:.2f})':>20}" for wall, cpu in pairs)
            )
    print()
    for bar in BARS:
        print(_verdict(*bar, shares))
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"resident memory: {_memory()}; {os.cpu_count()} processors{load}")
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
