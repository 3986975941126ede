-- coterie: no transaction
-- What has reached the end of its life is found by these, the oldest first.
DROP INDEX CONCURRENTLY IF EXISTS changes_removed;
CREATE INDEX CONCURRENTLY changes_removed ON changes (changed_at) WHERE is_removal;
DROP INDEX CONCURRENTLY IF EXISTS client_versions_created;
CREATE INDEX CONCURRENTLY client_versions_created ON client_versions (created_at);
DROP INDEX CONCURRENTLY IF EXISTS mentions_created;
CREATE INDEX CONCURRENTLY mentions_created ON mentions USING brin (created_at);
