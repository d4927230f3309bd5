ALTER TABLE "beads" ADD COLUMN "state" jsonb;--> statement-breakpoint
ALTER TABLE "beads" ADD COLUMN "inherited" jsonb;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "opening" jsonb;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "request_hash" text;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "inherited_micros" bigint;
