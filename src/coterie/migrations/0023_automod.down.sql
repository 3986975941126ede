DELETE FROM changes WHERE key = 'automod';
DROP TABLE automod_logs;
DROP TABLE automod_words;
DROP TABLE automod_configs;
