ALTER TABLE "learnings"
  ADD COLUMN "original" text,
  ADD COLUMN "expires_at" timestamp (3) with time zone,
  ADD COLUMN "decided_by" jsonb,
  ADD COLUMN "decided_at" timestamp (3) with time zone,
  ADD COLUMN "used" integer DEFAULT 0 NOT NULL,
  ADD COLUMN "search" "tsvector" GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED;
--> statement-breakpoint
CREATE INDEX "learnings_status" ON "learnings" USING btree ("status","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);
--> statement-breakpoint
CREATE INDEX "learnings_search" ON "learnings" USING gin ("search");
--> statement-breakpoint
CREATE TABLE "learning_uses" (
  "learning_id" uuid NOT NULL REFERENCES "learnings"("id") ON DELETE cascade,
  "run_id" uuid NOT NULL REFERENCES "agent_runs"("id") ON DELETE cascade,
  "at" timestamp (3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "learning_uses_learning_id_run_id_pk" PRIMARY KEY ("learning_id", "run_id")
);
--> statement-breakpoint
CREATE INDEX "learning_uses_run" ON "learning_uses" USING btree ("run_id");
--> statement-breakpoint
-- What a person did is looked for by who; what engine and agents do is most of the log, and needs no index of its own.
CREATE INDEX "audit_log_person" ON "audit_log" USING btree ((actor ->> 'id'),"at" DESC,"id" DESC) WHERE actor ->> 'kind' = 'user';
