"""How much memory a run takes over time, however large its input is.

    python -m benchmarks.memory input --folder /tmp/memory --gigabytes 10
    python -m benchmarks.memory merge --folder /tmp/memory --examples 50000000
    python -m benchmarks.memory plot

The first writes one TFRecord file of that size (songs with different ids and some
text each, again and again) and runs `vaeprep run` on it; the second writes spills of
synthetic examples, one of them with 100,000 source ids, and merges them. Both
sample the resident memory of every process and store it in docs/guarantees/ as
JSON; the third draws docs/guarantees/memory.png from it.
"""

import json
import multiprocessing
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import google_crc32c
import numpy as np
import psutil

from vaeprep.demo.songs import compose
from vaeprep.files import tfrecord
from vaeprep.job import merge, shards, spill, spill_index
from vaeprep.music.encode import note_sequence_payload
from vaeprep.music.protos import NoteSequence

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "guarantees"
SECONDS_BETWEEN = 0.5
SONG_TEXT = 100_000
SPILL_ENTRIES = 500_000
SONGS_PER_SPILL = 20_000
COMMON_SOURCES = 100_000


@click.group()
def cli() -> None:
    """Measures memory over time."""


@cli.command("input")
@click.option("--folder", type=click.Path(path_type=Path), required=True)
@click.option("--gigabytes", type=float, default=10.0)
@click.option("--workers", type=int, default=2)
@click.option("--config", default="cat-drums_2bar_small")
def measure_input(folder: Path, gigabytes: float, workers: int, config: str) -> None:
    """One file of many gigabytes through `vaeprep run`."""
    folder.mkdir(parents=True, exist_ok=True)
    songs = folder / "large.tfrecord"
    if not songs.exists() or songs.stat().st_size < gigabytes * 1e9:
        _write_large(songs, int(gigabytes * 1e9))
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "vaeprep", "run", "--input-tfrecord", str(songs),
               "--output-tfrecord", str(out / "x"), "--config", config,
               "--workers", str(workers)]  # fmt: skip
    with subprocess.Popen(command) as run:
        found = _sample(run.pid, lambda: run.poll() is None)
    found["what"] = (
        f"vaeprep run --config {config} --workers {workers} on one file of "
        f"{songs.stat().st_size / 1e9:.1f} GB"
    )
    found["exit code"] = run.returncode
    _store("input", found)


@cli.command("merge")
@click.option("--folder", type=click.Path(path_type=Path), required=True)
@click.option("--examples", type=int, default=50_000_000)
@click.option("--output-shards", type=int, default=32)
def measure_merge(folder: Path, examples: int, output_shards: int) -> None:
    """Very many synthetic examples through the reducer."""
    spills = folder / "spills"
    spills.mkdir(parents=True, exist_ok=True)
    count = max(examples // SPILL_ENTRIES, 1)
    paths = [spills / f"{number:07d}.spill" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            _write_spill(path, number, count)
    one = multiprocessing.get_context("spawn").Process(
        target=_merge, args=(paths, folder / "merged", output_shards)
    )
    one.start()
    assert one.pid is not None
    found = _sample(one.pid, one.is_alive)
    one.join()
    found["what"] = (
        f"merge of {count} spills with {count * SPILL_ENTRIES:,} entries, "
        f"{sum(path.stat().st_size for path in paths) / 1e9:.1f} GB"
    )
    found["exit code"] = one.exitcode
    found["counts"] = json.loads((folder / "merged.json").read_text())
    _store("merge", found)


@cli.command("plot")
def plot() -> None:
    """Draws what was measured."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    files = {name: RESULTS / f"memory-{name}.json" for name in ("input", "merge")}
    results = [(name, json.loads(path.read_text())) for name, path in files.items()
               if path.exists()]  # fmt: skip
    figure, axes = pyplot.subplots(len(results), 1, figsize=(8, 3.4 * len(results)))
    limits = {"input": 300, "merge": 1024}
    for ax, (name, result) in zip(np.atleast_1d(axes), results, strict=True):
        for process in result["processes"]:
            ax.plot(process["seconds"], process["mb"], label=process["role"], linewidth=1)
        limit = f"promised: {limits[name]:,} MB"
        ax.axhline(limits[name], color="grey", linestyle="--", linewidth=1, label=limit)
        ax.set_title(result["what"], fontsize=9)
        ax.set_xlabel("seconds")
        ax.set_ylabel("resident memory, MB")
        ax.set_ylim(0, limits[name] * 1.3)  # room for the legend
        ax.legend(fontsize=8, loc="upper right", ncols=3)
    figure.tight_layout()
    figure.savefig(RESULTS / "memory.png", dpi=110)
    click.echo(RESULTS / "memory.png")


# --- Input -------------------------------------------------------------------------


def _write_large(path: Path, size: int) -> None:
    """Demo songs with other ids each time, and text so that 10 GB are no year of music."""
    songs = []
    for song in compose(40, seed=7):
        song.filename = "x" * SONG_TEXT
        song.ClearField("id")
        songs.append(song.SerializeToString())
    number = 0
    with path.open("wb", buffering=1 << 22) as file:
        while file.tell() < size:
            for song_bytes in songs:
                number += 1
                header = NoteSequence(id=f"/id/memory/{number}").SerializeToString()
                file.write(tfrecord.frame(header + song_bytes))


# --- Merge -------------------------------------------------------------------------

_ENTRY = np.dtype([("hash", "V16"), ("sources", "<u4"), ("example", "<u4"),
                   ("features", "<u4"), ("source", "<u4"), ("bytes", "V72")])  # fmt: skip


def _write_spill(path: Path, number: int, count: int) -> None:
    """A spill as `spill.write` writes it, made with NumPy because there are so many entries.

    A tenth of the examples stands in the next spill too; one stands in all of them.
    """
    parts = []
    for seed, size in ((number, SPILL_ENTRIES * 9 // 10), ((number + 1) % count, 0)):
        rng = np.random.default_rng(seed)
        shared = rng.integers(0, 256, (SPILL_ENTRIES // 10, 88), np.uint8)
        own = rng.integers(0, 256, (size, 88), np.uint8)[: max(size - len(shared), 0)]
        parts += [own, shared]
    raw = np.concatenate(parts)
    entries = np.zeros(len(raw), _ENTRY)
    entries["hash"] = np.ascontiguousarray(raw[:, :16]).view("V16")[:, 0]
    entries["bytes"] = np.ascontiguousarray(raw[:, 16:]).view("V72")[:, 0]
    entries["sources"], entries["example"] = 1, 72
    entries["source"] = np.arange(len(raw)) % SONGS_PER_SPILL
    order = np.lexsort((raw[:, 1], raw[:, 0]))  # sorted enough to be in buckets
    entries, raw = entries[order], raw[order]
    buckets = raw[:, 0].astype(np.int64) << 2 | raw[:, 1] >> 6
    bounds = np.searchsorted(buckets, np.arange(spill.BUCKETS + 1))
    common = spill.Entry(
        bytes(16),
        range(min(COMMON_SOURCES // count, SONGS_PER_SPILL)),
        b"a very common example",
        b"",
    )
    head = spill._entry_bytes(common)
    data = head + entries.tobytes()
    offsets = np.concatenate(([0], bounds[1:] * _ENTRY.itemsize + len(head)))
    crcs = [google_crc32c.value(data[start:stop]) for start, stop in
            zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]  # fmt: skip
    magic = spill._MAGIC
    ids = [f"/id/memory/a-rather-long-collection/{number}/{n}" for n in range(SONGS_PER_SPILL)]
    encoded = "".join(ids).encode()
    id_offsets = np.concatenate(([0], np.cumsum([len(one) for one in ids])))
    tables = b"".join(
        np.asarray(values, np.uint64).tobytes()
        for values in (offsets + len(magic), crcs, id_offsets)
    )
    ids_at = len(magic) + len(data)
    tables_at = ids_at + len(encoded)
    end = tables_at + len(tables)
    places = struct.pack("<QQQQ", ids_at, tables_at, end, end)
    checksum = google_crc32c.value(encoded + tables + places)
    with path.open("wb") as file:
        for part in (magic, data, encoded, tables, places, struct.pack("<I", checksum), magic):
            file.write(part)


def _merge(paths: list[Path], folder: Path, output_shards: int) -> None:
    folder.mkdir(exist_ok=True)
    output = shards.ShardSet(folder / "x", output_shards, note_sequence_payload)
    began = time.perf_counter()
    index = spill_index.build(folder.with_name("index"), paths)
    counts = merge.merge(index, [output], lambda _count: None)
    output.close()
    seconds = round(time.perf_counter() - began, 1)
    values = {"unique": counts.unique, "most sources": counts.most_sources, "seconds": seconds}
    folder.with_suffix(".json").write_text(json.dumps(values))


# --- Sampling ----------------------------------------------------------------------


def _sample(pid: int, alive: Callable[[], bool]) -> dict[str, Any]:
    """Resident memory of a process and its children, twice a second."""
    main = psutil.Process(pid)
    began = time.monotonic()
    series: dict[int, dict[str, Any]] = {}
    while alive():
        try:
            processes = [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            break
        for one in processes:
            try:
                mb = one.memory_info().rss / 1e6
                role = _role(one, pid)
            except psutil.Error:
                continue
            mine = series.setdefault(one.pid, {"role": role, "seconds": [], "mb": []})
            mine["seconds"].append(round(time.monotonic() - began, 1))
            mine["mb"].append(round(mb, 1))
        time.sleep(SECONDS_BETWEEN)
    kept = [process for process in series.values() if max(process["mb"]) > 5]
    for process in kept:
        process["peak"] = max(process["mb"])
    return {"seconds": round(time.monotonic() - began, 1), "processes": kept}


def _role(process: psutil.Process, main: int) -> str:
    if process.pid == main:
        return "main process (plan, merge)"
    if "resource_tracker" in " ".join(process.cmdline()):
        return "resource tracker"
    return "fork server" if process.ppid() == main else "worker"


def _store(name: str, found: dict[str, Any]) -> None:
    for process in found["processes"]:
        step = max(len(process["mb"]) // 400, 1)
        process["seconds"], process["mb"] = process["seconds"][::step], process["mb"][::step]
        click.echo(f"{process['role']}: at most {process['peak']:.0f} MB")
    click.echo(f"{found['what']}: {found['seconds']} s, {found.get('counts', '')}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"memory-{name}.json").write_text(json.dumps(found) + os.linesep)


if __name__ == "__main__":
    cli()
