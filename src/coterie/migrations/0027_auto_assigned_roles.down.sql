ALTER TABLE roles DROP COLUMN auto_assign;
