CREATE TABLE "artifacts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"bead_id" uuid,
	"kind" text NOT NULL,
	"sha256" text NOT NULL,
	"content" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"chain" text NOT NULL,
	"seq" bigint NOT NULL,
	"run_id" uuid,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"action" text NOT NULL,
	"data" jsonb NOT NULL,
	"prev_hash" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "budget_accounts" (
	"key" text PRIMARY KEY NOT NULL,
	"limit_micros" bigint,
	"spent_micros" bigint DEFAULT 0 NOT NULL,
	"reserved_micros" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "budget_reservations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"keys" jsonb NOT NULL,
	"micros" bigint NOT NULL,
	"lease_token" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "code_reviews" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"bead_id" uuid,
	"source" text NOT NULL,
	"head_sha" text NOT NULL,
	"review" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "daily_stats" (
	"day" date NOT NULL,
	"repository_id" uuid NOT NULL,
	"succeeded" integer DEFAULT 0 NOT NULL,
	"merged" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"other" integer DEFAULT 0 NOT NULL,
	"cost_micros" bigint DEFAULT 0 NOT NULL,
	"merge_seconds" bigint DEFAULT 0 NOT NULL,
	"score_sum" integer DEFAULT 0 NOT NULL,
	"scored" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "effects" (
	"key" text PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"intent" jsonb NOT NULL,
	"result" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "evaluations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"head_sha" text NOT NULL,
	"score" integer NOT NULL,
	"parts" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "evidence" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"bead_id" uuid,
	"kind" text NOT NULL,
	"phase" text NOT NULL,
	"commit" text NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gate_decisions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"gate_id" uuid NOT NULL,
	"decision" text NOT NULL,
	"actor" jsonb NOT NULL,
	"actor_id" text NOT NULL,
	"reason" text,
	"evidence_hash" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"bead_id" uuid,
	"name" text NOT NULL,
	"status" text NOT NULL,
	"reason" text NOT NULL,
	"policy" jsonb NOT NULL,
	"evidence_hash" text NOT NULL,
	"base_sha" text NOT NULL,
	"head_sha" text NOT NULL,
	"diff_artifact_id" uuid,
	"leads_to" text NOT NULL,
	"overdue" boolean DEFAULT false NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "learnings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"repository_id" uuid,
	"run_id" uuid,
	"kind" text NOT NULL,
	"text" text NOT NULL,
	"source" text NOT NULL,
	"status" text DEFAULT 'proposed' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pull_request_comments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"repository_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"key" text NOT NULL,
	"file" text,
	"line" integer,
	"body" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pull_requests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"repository_id" uuid NOT NULL,
	"run_id" uuid,
	"key" text NOT NULL,
	"number" integer NOT NULL,
	"url" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"branch" text NOT NULL,
	"target" text NOT NULL,
	"head_sha" text NOT NULL,
	"base_sha" text,
	"state" text NOT NULL,
	"labels" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"merge_sha" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"merged_at" timestamp (3) with time zone,
	CONSTRAINT "pull_requests_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "status_counts" (
	"status" text PRIMARY KEY NOT NULL,
	"count" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "beads" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"step" text NOT NULL,
	"name" text NOT NULL,
	"category" text NOT NULL,
	"status" text NOT NULL,
	"attempt" integer DEFAULT 1 NOT NULL,
	"task_id" text,
	"model" text,
	"outcome" jsonb,
	"summary" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"base_sha" text,
	"head_sha" text,
	"cost_micros" bigint DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"request_hash" text NOT NULL,
	"done" boolean DEFAULT false NOT NULL,
	"status" integer,
	"body" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"run_id" uuid,
	"priority" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone,
	"lease_owner" text,
	"lease_token" bigint DEFAULT 0 NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "jobs_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "repositories" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"forge" text NOT NULL,
	"source" text NOT NULL,
	"defaultBranch" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "repositories_source_unique" UNIQUE("source")
);
--> statement-breakpoint
CREATE TABLE "run_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "run_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" uuid NOT NULL,
	"bead_id" uuid,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "agent_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"repository_id" uuid,
	"source" text DEFAULT 'pipeline' NOT NULL,
	"flow" text NOT NULL,
	"trigger" text NOT NULL,
	"title" text NOT NULL,
	"task" jsonb NOT NULL,
	"status" text NOT NULL,
	"step" text NOT NULL,
	"state" jsonb,
	"overrides" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"requested_by" jsonb NOT NULL,
	"target" text,
	"branch" text,
	"base_sha" text,
	"head_sha" text,
	"budget_micros" bigint NOT NULL,
	"cost_micros" bigint DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"turns" integer DEFAULT 0 NOT NULL,
	"score" integer,
	"ending" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "turns" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"bead_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"prompt" text NOT NULL,
	"prompt_version" text NOT NULL,
	"prompt_hash" text NOT NULL,
	"model" text NOT NULL,
	"request" text NOT NULL,
	"fresh" boolean DEFAULT false NOT NULL,
	"content" text,
	"tool_calls" jsonb NOT NULL,
	"tool_results" jsonb,
	"finish" text NOT NULL,
	"usage" jsonb NOT NULL,
	"cost_micros" bigint DEFAULT 0 NOT NULL,
	"head_sha" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "artifacts" ADD CONSTRAINT "artifacts_bead_id_beads_id_fk" FOREIGN KEY ("bead_id") REFERENCES "public"."beads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budget_reservations" ADD CONSTRAINT "budget_reservations_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "code_reviews" ADD CONSTRAINT "code_reviews_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "code_reviews" ADD CONSTRAINT "code_reviews_bead_id_beads_id_fk" FOREIGN KEY ("bead_id") REFERENCES "public"."beads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "daily_stats" ADD CONSTRAINT "daily_stats_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "effects" ADD CONSTRAINT "effects_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "evaluations" ADD CONSTRAINT "evaluations_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "evidence" ADD CONSTRAINT "evidence_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "evidence" ADD CONSTRAINT "evidence_bead_id_beads_id_fk" FOREIGN KEY ("bead_id") REFERENCES "public"."beads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gate_decisions" ADD CONSTRAINT "gate_decisions_gate_id_gates_id_fk" FOREIGN KEY ("gate_id") REFERENCES "public"."gates"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gates" ADD CONSTRAINT "gates_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gates" ADD CONSTRAINT "gates_bead_id_beads_id_fk" FOREIGN KEY ("bead_id") REFERENCES "public"."beads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gates" ADD CONSTRAINT "gates_diff_artifact_id_artifacts_id_fk" FOREIGN KEY ("diff_artifact_id") REFERENCES "public"."artifacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "learnings" ADD CONSTRAINT "learnings_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "learnings" ADD CONSTRAINT "learnings_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_request_comments" ADD CONSTRAINT "pull_request_comments_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_requests" ADD CONSTRAINT "pull_requests_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_requests" ADD CONSTRAINT "pull_requests_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "beads" ADD CONSTRAINT "beads_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "agent_runs" ADD CONSTRAINT "agent_runs_repository_id_repositories_id_fk" FOREIGN KEY ("repository_id") REFERENCES "public"."repositories"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "turns" ADD CONSTRAINT "turns_run_id_agent_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."agent_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "turns" ADD CONSTRAINT "turns_bead_id_beads_id_fk" FOREIGN KEY ("bead_id") REFERENCES "public"."beads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "artifacts_run" ON "artifacts" USING btree ("run_id","kind");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_log_chain" ON "audit_log" USING btree ("chain","seq");--> statement-breakpoint
CREATE INDEX "audit_log_at" ON "audit_log" USING btree ("at");--> statement-breakpoint
CREATE INDEX "audit_log_action" ON "audit_log" USING btree ("action","at");--> statement-breakpoint
CREATE INDEX "code_reviews_run" ON "code_reviews" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "daily_stats_key" ON "daily_stats" USING btree ("day","repository_id");--> statement-breakpoint
CREATE INDEX "evaluations_run" ON "evaluations" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "evidence_run" ON "evidence" USING btree ("run_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "gate_decisions_once" ON "gate_decisions" USING btree ("gate_id","actor_id");--> statement-breakpoint
CREATE INDEX "gates_run" ON "gates" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "gates_waiting" ON "gates" USING btree ("opened_at") WHERE status = 'waiting';--> statement-breakpoint
CREATE INDEX "learnings_repository" ON "learnings" USING btree ("repository_id","status");--> statement-breakpoint
CREATE UNIQUE INDEX "pull_request_comments_key" ON "pull_request_comments" USING btree ("repository_id","key");--> statement-breakpoint
CREATE UNIQUE INDEX "pull_requests_number" ON "pull_requests" USING btree ("repository_id","number");--> statement-breakpoint
CREATE INDEX "pull_requests_run" ON "pull_requests" USING btree ("run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "beads_run_seq" ON "beads" USING btree ("run_id","seq");--> statement-breakpoint
CREATE INDEX "beads_status" ON "beads" USING btree ("status");--> statement-breakpoint
CREATE INDEX "beads_category" ON "beads" USING btree ("category");--> statement-breakpoint
CREATE INDEX "jobs_due" ON "jobs" USING btree ("priority" DESC NULLS LAST,"due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "jobs_run" ON "jobs" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "repositories_name" ON "repositories" USING btree ("name");--> statement-breakpoint
CREATE INDEX "run_events_run" ON "run_events" USING btree ("run_id","id");--> statement-breakpoint
CREATE INDEX "agent_runs_created" ON "agent_runs" USING btree ("created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "agent_runs_status" ON "agent_runs" USING btree ("status","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "agent_runs_repository" ON "agent_runs" USING btree ("repository_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "turns_bead_seq" ON "turns" USING btree ("bead_id","seq");--> statement-breakpoint
CREATE INDEX "turns_run" ON "turns" USING btree ("run_id");--> statement-breakpoint
CREATE VIEW "public"."run_overview" AS (select "agent_runs"."id", "repositories"."name" as "repository", "agent_runs"."flow", "agent_runs"."trigger", "agent_runs"."title", "agent_runs"."status", "agent_runs"."step", "agent_runs"."score", "agent_runs"."cost_micros", "agent_runs"."turns", "agent_runs"."branch", "agent_runs"."created_at", "agent_runs"."ended_at" from "agent_runs" left join "repositories" on "repositories"."id" = "agent_runs"."repository_id");--> statement-breakpoint
CREATE VIEW "public"."system_stats" AS (
  select
    (select coalesce(sum(count), 0) from status_counts) as runs,
    coalesce(sum(succeeded), 0) as succeeded,
    coalesce(sum(failed), 0) as failed,
    coalesce(sum(merged), 0) as merged,
    coalesce(sum(cost_micros), 0) as cost_micros,
    round(sum(score_sum)::numeric / nullif(sum(scored), 0), 1) as average_score
  from daily_stats);