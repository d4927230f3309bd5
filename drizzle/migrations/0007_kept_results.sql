-- Under Temporal a step's result is kept before it is settled: an attempt whose answer was lost is not done again.
alter table beads add column kept jsonb;
