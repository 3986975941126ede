-- Nobody is mailed about messages that they missed. Who had ended these mails gets them again after another update.
DROP TABLE missed_messages;
DROP TABLE email_notifications;
