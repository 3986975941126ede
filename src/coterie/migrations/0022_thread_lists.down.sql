DROP INDEX messages_threads;
