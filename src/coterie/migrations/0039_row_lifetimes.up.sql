-- The job that deletes expired rows has another name.
UPDATE jobs SET kind = 'row_lifetimes' WHERE kind = 'lives';
