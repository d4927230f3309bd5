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
  from daily_stats);