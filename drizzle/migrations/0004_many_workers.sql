CREATE TABLE "notifications" (
	"key" text PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"gate_id" uuid,
	"channel" text NOT NULL,
	"what" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone,
	"lease_token" bigint DEFAULT 0 NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "run_bundles" (
	"run_id" uuid NOT NULL,
	"turn" integer NOT NULL,
	"from_sha" text NOT NULL,
	"to_sha" text NOT NULL,
	"bytes" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "run_bundles_run_id_turn_pk" PRIMARY KEY("run_id","turn")
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"repository_id" uuid NOT NULL,
	"key" text NOT NULL,
	"cron" text NOT NULL,
	"time_zone" text NOT NULL,
	"flow" jsonb NOT NULL,
	"missed" text NOT NULL,
	"next_at" timestamp (3) with time zone,
	"last_at" timestamp (3) with time zone,
	"last_run_id" uuid,
	"problem" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "duties" (
	"name" text PRIMARY KEY NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"done_by" text,
	"done_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"engine" text NOT NULL,
	"concurrency" integer NOT NULL,
	"version" text NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"draining" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
DROP INDEX "jobs_due";--> statement-breakpoint
DROP INDEX "jobs_due_at";--> statement-breakpoint
DROP INDEX "jobs_leased";--> statement-breakpoint
ALTER TABLE "effects" ADD COLUMN "attempts" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "repository_id" uuid;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "state" text DEFAULT 'ready' NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "failures" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "dead_reason" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "dead_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "served_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "repositories" ADD COLUMN "max_active" integer;--> statement-breakpoint
ALTER TABLE "agent_runs" ADD COLUMN "fork_of" uuid;--> statement-breakpoint
ALTER TABLE "agent_runs" ADD COLUMN "forked_at" jsonb;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_gate_id_gates_id_fk" FOREIGN KEY ("gate_id") REFERENCES "public"."gates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_bundles" ADD CONSTRAINT "run_bundles_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_last_run_id_agent_runs_id_fk" FOREIGN KEY ("last_run_id") REFERENCES "public"."agent_runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notifications_due" ON "notifications" USING btree ("due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "notifications_run" ON "notifications" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "schedules_key" ON "schedules" USING btree ("repository_id","key");--> statement-breakpoint
CREATE INDEX "schedules_next" ON "schedules" USING btree ("next_at") WHERE next_at is not null;--> statement-breakpoint
UPDATE "jobs" SET
  "repository_id" = (SELECT "repository_id" FROM "agent_runs" WHERE "agent_runs"."id" = "jobs"."run_id"),
  "state" = CASE WHEN "lease_until" IS NOT NULL THEN 'leased' WHEN "due_at" IS NULL THEN 'parked'
    WHEN "due_at" > now() THEN 'delayed' ELSE 'ready' END;--> statement-breakpoint
ALTER TABLE "jobs" ALTER COLUMN "repository_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "effects_run" ON "effects" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "effects_open" ON "effects" USING btree ("created_at") WHERE done_at is null;--> statement-breakpoint
CREATE INDEX "jobs_ready" ON "jobs" USING btree ("repository_id","priority" DESC NULLS LAST,"due_at") WHERE state = 'ready';--> statement-breakpoint
CREATE INDEX "jobs_delayed" ON "jobs" USING btree ("due_at") WHERE state = 'delayed';--> statement-breakpoint
CREATE INDEX "jobs_dead" ON "jobs" USING btree ("dead_at") WHERE state = 'dead';--> statement-breakpoint
CREATE INDEX "agent_runs_fork" ON "agent_runs" USING btree ("fork_of") WHERE fork_of is not null;--> statement-breakpoint
CREATE INDEX "jobs_leased" ON "jobs" USING btree ("lease_until") WHERE state = 'leased';