ALTER TABLE "webhook_deliveries" ADD COLUMN "asked_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "agent_runs_issue" ON "agent_runs" USING btree ("repository_id",(task ->> 'issue')) WHERE task ->> 'issue' is not null;--> statement-breakpoint
CREATE INDEX "repositories_lower_name" ON "repositories" USING btree (lower(name));--> statement-breakpoint
UPDATE "webhook_deliveries" SET "asked_at" = "received_at";--> statement-breakpoint
-- Those of GitHub who are nobody here; `audit_log_person` (0028) has their names only where they are people.
CREATE INDEX "audit_log_github" ON "audit_log" USING btree ((actor ->> 'id'),"at" DESC,"id" DESC) WHERE actor ->> 'id' like 'github:%';
