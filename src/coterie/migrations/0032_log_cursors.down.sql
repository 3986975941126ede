DROP INDEX topics_partition;
DROP TABLE log_cursors;
DROP TABLE log_consumers;
DELETE FROM jobs WHERE kind LIKE 'consumer.%';
