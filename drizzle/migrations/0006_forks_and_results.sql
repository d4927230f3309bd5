CREATE TABLE "status_changes" (
	"status" text NOT NULL,
	"by" integer NOT NULL
);
--> statement-breakpoint
DROP VIEW "public"."system_stats";--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "state" jsonb;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "inherited" jsonb;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "kept" jsonb;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "opening" jsonb;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "request_hash" text;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "inherited_micros" bigint;--> statement-breakpoint
CREATE INDEX "budget_reservations_run" ON "budget_reservations" USING btree ("run_id");--> statement-breakpoint
CREATE VIEW "public"."status_totals" AS (
  select status, sum(count)::bigint as count
  from (select status, count from status_counts union all select status, "by" from status_changes) counted
  group by status);--> statement-breakpoint
CREATE VIEW "public"."system_stats" AS (
  select
    (select coalesce(sum(count), 0) from status_totals) as runs,
    coalesce(sum(succeeded), 0) as succeeded,
    coalesce(sum(failed), 0) as failed,
    coalesce(sum(merged), 0) as merged,
    coalesce(sum(cost_micros), 0) as cost_micros,
    round(sum(score_sum)::numeric / nullif(sum(scored), 0), 1) as average_score
  from daily_stats);--> statement-breakpoint
-- The head of a run is its last recorded commit from here on: until now a step that had not ended left it behind.
UPDATE "agent_runs" SET "head_sha" = "last"."head_sha" FROM (
  SELECT DISTINCT ON ("turns"."run_id") "turns"."run_id", "turns"."head_sha" FROM "turns"
    JOIN "beads" ON "beads"."id" = "turns"."bead_id"
    WHERE "turns"."head_sha" IS NOT NULL AND "beads"."status" IN ('running', 'failed')
      AND "beads"."seq" = (SELECT max("seq") FROM "beads" "b" WHERE "b"."run_id" = "turns"."run_id")
    ORDER BY "turns"."run_id", "turns"."seq" DESC
) "last" WHERE "last"."run_id" = "agent_runs"."id";
