ALTER TABLE "beads" ADD COLUMN "state" jsonb;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "inherited" jsonb;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "kept" jsonb;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "opening" jsonb;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "request_hash" text;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "inherited_micros" bigint;--> statement-breakpoint
CREATE INDEX "budget_reservations_run" ON "budget_reservations" USING btree ("run_id");