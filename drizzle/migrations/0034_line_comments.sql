ALTER TABLE "gate_comments" ADD COLUMN "path" text;--> statement-breakpoint
ALTER TABLE "gate_comments" ADD COLUMN "side" text;--> statement-breakpoint
ALTER TABLE "gate_comments" ADD COLUMN "line" integer;--> statement-breakpoint
ALTER TABLE "gate_comments" ADD CONSTRAINT "gate_comments_place" CHECK (num_nonnulls("gate_comments"."path", "gate_comments"."side", "gate_comments"."line") in (0, 3));