"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import AuditAction, Core, Feature, RowLifetime, Trace, declared
from coterie.jobs.attempt import JobRun, in_transaction
from coterie.moderation import audit_actions, collection, errors, row_lifetimes, traces
from coterie.moderation.message_removals import REMOVAL, step
from coterie.moderation.routes import ROUTES
from coterie.permissions.keys import CollectionKeys


def _jobs(core: Core) -> list[JobRun]:
    return [JobRun(REMOVAL, in_transaction(step))]


FEATURE: Final = Feature(
    name="moderation",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    keys=declared(collection, CollectionKeys),
    row_lifetimes=declared(row_lifetimes, RowLifetime),
    traces=declared(traces, Trace),
    jobs=_jobs,
)
