DROP INDEX usage_tracking_period_end;
ALTER TABLE usage_tracking RESET (fillfactor);
DROP TABLE usage_limits;
