ALTER TABLE "repositories" ADD COLUMN "removed_at" timestamp (3) with time zone;
--> statement-breakpoint
CREATE INDEX "agent_runs_repository_flow" ON "agent_runs" USING btree ("repository_id","flow","created_at","id");
--> statement-breakpoint
CREATE INDEX "beads_agent" ON "beads" USING btree ("step","started_at" DESC NULLS LAST) WHERE category = 'agent';
