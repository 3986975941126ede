DROP TABLE notification_levels;
