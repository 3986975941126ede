"""The machine and this process on it: load, memory, processor, and the disks on which something of Coterie lies.

psutil is loaded at the first scrape, since it would hold up the start.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from coterie.metrics.families import Family, counter, gauge
from coterie.settings import Settings


class Disk(Struct, frozen=True):
    """The disk on which something lies, in bytes."""

    free_bytes: int
    size_bytes: int


def disks(settings: Settings, data_directory: str | None) -> dict[str, Disk]:
    """The disks of uploaded files, backups and the database, as far as they are of this machine. May block for long."""
    found = {name: _disk(path) for name, path in _places(settings, data_directory)}
    return {name: disk for name, disk in found.items() if disk is not None}


def _places(settings: Settings, data_directory: str | None) -> Iterator[tuple[str, Path]]:
    if not settings.files_url:
        yield "files", settings.upload_dir
    if settings.backup_directory:
        yield "backups", Path(settings.backup_directory)
    if data_directory:
        yield "database", Path(data_directory)


def _disk(path: Path) -> Disk | None:
    """Of a directory that does not exist so far, the disk on which it will be made."""
    try:
        usage = shutil.disk_usage(next(each for each in (path, *path.absolute().parents) if each.exists()))
    except OSError:
        return None
    return Disk(usage.free, usage.total)


def families(found: dict[str, Disk]) -> list[Family]:
    """The machine and its disks for Prometheus."""
    import psutil

    memory, times = psutil.virtual_memory(), psutil.cpu_times()
    sizes = {("total",): memory.total, ("available",): memory.available}
    modes = {
        (mode,): float(getattr(times, mode)) for mode in ("user", "system", "idle", "iowait") if hasattr(times, mode)
    }
    free, whole = ({(name,): getattr(disk, field) for name, disk in found.items()} for field in Disk.__struct_fields__)
    return [
        gauge("coterie_disk_free_bytes", "Free on the disk of uploaded files, backups or database.", free, "place"),
        gauge("coterie_disk_size_bytes", "The size of that disk.", whole, "place"),
        gauge(
            "coterie_machine_load", "Processes that ran or waited to run in the last minute.", psutil.getloadavg()[0]
        ),
        gauge("coterie_machine_processors", "Processor cores.", psutil.cpu_count() or 1),
        gauge("coterie_machine_memory_bytes", "The machine's memory.", sizes, "kind"),
        counter("coterie_machine_cpu_seconds", "Processor time by what it was spent on.", modes, "mode"),
    ]


def process() -> list[Family]:
    """Memory, processor, open files and start of this process, under the names that are usual."""
    import psutil

    own = psutil.Process()
    with own.oneshot():
        used = own.cpu_times()
        return [
            counter("process_cpu_seconds", "Processor time of the process.", used.user + used.system),
            gauge("process_resident_memory_bytes", "Memory of the process.", own.memory_info().rss),
            gauge("process_start_time_seconds", "When the process began, since 1970.", own.create_time()),
            gauge("process_open_fds", "Open files and connections.", own.num_fds()),
        ]
