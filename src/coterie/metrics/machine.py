"""The machine and this process on it: load, memory, processor, and the disks that Coterie uses.

psutil is loaded at the first scrape, since it would delay the start.
"""

from coterie.metrics.families import Family, counter, gauge
from coterie.space.disks import Disk


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
    """Memory, processor, open files and start time of this process, under their usual names."""
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
