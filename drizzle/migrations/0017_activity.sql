-- What the feed of the whole installation shows: what happened to runs, gates, changes, schedules and people. What an
-- agent did within a step is the run's own page's; there are fifty such entries for one of these.
ALTER TABLE "audit_log" ADD COLUMN "activity" text GENERATED ALWAYS AS (case
  when action like 'run.%' or action like 'log.%' then 'run'
  when action like 'gate.%' then 'gate'
  when action like 'merge%' or action like 'pull\_request.%' then 'change'
  when action like 'schedule.%' then 'schedule'
  when action like 'repository.%' then 'repository'
  when action like 'user.%' or action like 'member.%' or action like 'invitation.%' or action like 'key.%'
    or action like 'session.%' or action like 'view.%' or action like 'learning.%' or action like 'setting%' then 'people'
  end) STORED;--> statement-breakpoint
CREATE INDEX "audit_log_activity" ON "audit_log" USING btree ("at","id") WHERE activity is not null;--> statement-breakpoint
CREATE INDEX "audit_log_activity_kind" ON "audit_log" USING btree ("activity","at","id") WHERE activity is not null;
