"""The clean-up of UMS's memory: counted, backed up, emptied in one transaction, put back.

Only the seven memory tables and the four flags are ever touched (ums.md 2.14 and 3.6); nothing
here knows itslearning.
"""

from sync.cleanup.backup import Backup, Maker, backup_files, read_backup, remove_backup
from sync.cleanup.counting import MemoryCounts, count_memory
from sync.cleanup.emptying import Emptied, back_up_memory, empty_memory
from sync.cleanup.restoring import restore_memory

__all__ = [
    "Backup",
    "Emptied",
    "Maker",
    "MemoryCounts",
    "back_up_memory",
    "backup_files",
    "count_memory",
    "empty_memory",
    "read_backup",
    "remove_backup",
    "restore_memory",
]
