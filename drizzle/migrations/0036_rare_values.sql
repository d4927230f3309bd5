DROP INDEX "beads_agent";--> statement-breakpoint
DROP INDEX "learnings_status";--> statement-breakpoint
CREATE INDEX "learnings_created" ON "learnings" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "learnings_kind" ON "learnings" USING btree ("kind","created_at","id");--> statement-breakpoint
CREATE INDEX "learnings_ending" ON "learnings" USING btree ("created_at","id") WHERE status = 'approved' and expires_at is not null;--> statement-breakpoint
CREATE INDEX "audit_log_actor" ON "audit_log" USING btree ((actor ->> 'id'),"action","at","id");--> statement-breakpoint
CREATE INDEX "beads_status" ON "beads" USING btree ("status","step","id");--> statement-breakpoint
CREATE INDEX "learnings_status" ON "learnings" USING btree ("status","created_at","id");--> statement-breakpoint
-- `audit_log_actor` has what they had, and the engine and the agents with it.
DROP INDEX "audit_log_person";--> statement-breakpoint
DROP INDEX "audit_log_github";--> statement-breakpoint
-- What an expression is like nobody knows before this: the planner would take every actor to be a rare one.
ANALYZE "audit_log";
