"""What Python's garbage collector is told about a long-lived process."""

import gc

# Objects more than were given back, before the young ones are walked; then how many walks before the older.
YOUNG = 3_000
MIDDLE_WALKS = 20
OLD_WALKS = 50


def spare_what_stays() -> None:
    """Have the collector leave alone what exists now, and walk the rest seldom. Once, when all has started.

    Modules, models and routes are some hundred thousand objects that live until the end. A walk through them
    stops the process for more than a tenth of a second, and under load came every few seconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE_WALKS, OLD_WALKS)
