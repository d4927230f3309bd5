ALTER TABLE "beads" ADD COLUMN "begun" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "agent_runs" ADD COLUMN "budget_given" boolean DEFAULT false NOT NULL;