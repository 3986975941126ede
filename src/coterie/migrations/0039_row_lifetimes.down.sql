-- The job has its former name again.
UPDATE jobs SET kind = 'lives' WHERE kind = 'row_lifetimes';
