-- All recorded security events are lost.
DROP TABLE security_events;
