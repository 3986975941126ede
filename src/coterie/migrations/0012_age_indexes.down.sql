-- coterie: no transaction
DROP INDEX CONCURRENTLY IF EXISTS mentions_created;
DROP INDEX CONCURRENTLY IF EXISTS client_versions_created;
DROP INDEX CONCURRENTLY IF EXISTS changes_removed;
