-- What the lists of runs ask for, each from an index, in the order in which lists are read. The older indexes put
-- nulls last going down, which no `order by … desc` could use.
DROP INDEX "agent_runs_created";--> statement-breakpoint
DROP INDEX "agent_runs_status";--> statement-breakpoint
DROP INDEX "agent_runs_repository";--> statement-breakpoint
-- Text as words: file names, branches and versions are found by their parts.
create function devpilot_words(p_text text) returns text language sql immutable parallel safe as $$
  select translate(p_text, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~·–—’“”…', repeat(' ', 39));
$$;
--> statement-breakpoint
-- A coarse step of cost. The sum itself changes at every turn: with an index on it every turn would write to every
-- index of the table, while the step changes a few times in a run's life.
create function devpilot_cost_band(p_micros bigint) returns smallint language sql immutable parallel safe as $$
  select width_bucket(p_micros, array[1, 10000, 50000, 100000, 250000, 500000, 1000000, 2000000, 3000000, 5000000,
    10000000, 20000000, 50000000, 100000000]::bigint[])::smallint;
$$;
--> statement-breakpoint
ALTER TABLE "agent_runs"
  ADD COLUMN "agents" text[] DEFAULT '{}' NOT NULL,
  ADD COLUMN "models" text[] DEFAULT '{}' NOT NULL,
  ADD COLUMN "requested_by_id" text GENERATED ALWAYS AS (left(requested_by->>'id', 200)) STORED,
  ADD COLUMN "cost_band" smallint GENERATED ALWAYS AS (devpilot_cost_band(cost_micros)) STORED,
  ADD COLUMN "search" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, devpilot_words(
    left(title, 500) || ' ' || coalesce(branch, '') || ' ' || coalesce(left(task->>'issue', 50), '')))) STORED;
--> statement-breakpoint
-- The values that filters by agent and model offer: to look for them in the runs would read all of them.
CREATE TABLE "run_facets" (
	"kind" text NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "run_facets_kind_value_pk" PRIMARY KEY("kind","value")
);
--> statement-breakpoint
CREATE TABLE "saved_views" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"user_name" text NOT NULL,
	"name" text NOT NULL,
	"query" text NOT NULL,
	"columns" text[] DEFAULT '{}' NOT NULL,
	"shared" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "saved_views_name" ON "saved_views" USING btree ("user_id","name");--> statement-breakpoint
CREATE INDEX "saved_views_shared" ON "saved_views" USING btree ("name") WHERE shared;--> statement-breakpoint
UPDATE "agent_runs" SET "agents" = "had"."agents" FROM (
  SELECT "run_id", array_agg(DISTINCT "step") AS "agents" FROM "beads" WHERE "category" = 'agent' GROUP BY "run_id"
) "had" WHERE "had"."run_id" = "agent_runs"."id";--> statement-breakpoint
UPDATE "agent_runs" SET "models" = "had"."models" FROM (
  SELECT "run_id", array_agg(DISTINCT "model") AS "models" FROM "turns" GROUP BY "run_id"
) "had" WHERE "had"."run_id" = "agent_runs"."id";--> statement-breakpoint
INSERT INTO "run_facets" ("kind", "value")
  SELECT DISTINCT 'agent', unnest("agents") FROM "agent_runs"
  UNION SELECT DISTINCT 'model', unnest("models") FROM "agent_runs";--> statement-breakpoint
CREATE INDEX "agent_runs_created" ON "agent_runs" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "agent_runs_status" ON "agent_runs" USING btree ("status","created_at","id");--> statement-breakpoint
CREATE INDEX "agent_runs_repository" ON "agent_runs" USING btree ("repository_id","created_at","id");--> statement-breakpoint
CREATE INDEX "agent_runs_flow" ON "agent_runs" USING btree ("flow","created_at","id");--> statement-breakpoint
CREATE INDEX "agent_runs_trigger" ON "agent_runs" USING btree ("trigger","created_at","id");--> statement-breakpoint
CREATE INDEX "agent_runs_author" ON "agent_runs" USING btree ("requested_by_id","created_at","id");--> statement-breakpoint
CREATE INDEX "agent_runs_score" ON "agent_runs" USING btree ("score") WHERE score is not null;--> statement-breakpoint
CREATE INDEX "agent_runs_cost" ON "agent_runs" USING btree ("cost_band");--> statement-breakpoint
-- One index for all that is looked for in sets of words. A short list of what is not sorted in yet: readers scan it.
CREATE INDEX "agent_runs_words" ON "agent_runs" USING gin ("agents","models","search")
  WITH (gin_pending_list_limit = 512);--> statement-breakpoint
-- Kept by the transaction that writes the bead or the turn; the run's row is written once for each new name.
create function devpilot_note_agent() returns trigger language plpgsql as $$
begin
  update agent_runs set agents = agents || new.step where id = new.run_id and not agents @> array[new.step];
  if found and not exists (select from run_facets where kind = 'agent' and value = new.step) then
    insert into run_facets (kind, value) values ('agent', new.step) on conflict do nothing;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger beads_note_agent after insert on beads
  for each row when (new.category = 'agent') execute function devpilot_note_agent();
--> statement-breakpoint
create function devpilot_note_model() returns trigger language plpgsql as $$
begin
  update agent_runs set models = models || new.model where id = new.run_id and not models @> array[new.model];
  if found and not exists (select from run_facets where kind = 'model' and value = new.model) then
    insert into run_facets (kind, value) values ('model', new.model) on conflict do nothing;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger turns_note_model after insert on turns
  for each row execute function devpilot_note_model();
