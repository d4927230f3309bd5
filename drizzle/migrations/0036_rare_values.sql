DROP INDEX "beads_agent";--> statement-breakpoint
DROP INDEX "learnings_status";--> statement-breakpoint
CREATE INDEX "learnings_created" ON "learnings" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "audit_log_actor" ON "audit_log" USING btree ((actor ->> 'id'),"action","at","id");--> statement-breakpoint
CREATE INDEX "beads_step" ON "beads" USING btree ("step","status","id");--> statement-breakpoint
CREATE INDEX "learnings_status" ON "learnings" USING btree ("status","created_at","id");--> statement-breakpoint
-- `audit_log_actor` has what they had, and the engine and the agents with it.
DROP INDEX "audit_log_person";--> statement-breakpoint
DROP INDEX "audit_log_github";
