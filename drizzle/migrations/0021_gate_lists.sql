-- Gates are listed oldest first where they wait, and newest first where they are closed, a page at a time.
CREATE INDEX "gates_closed" ON "gates" USING btree ("closed_at","id") WHERE status <> 'waiting';--> statement-breakpoint
CREATE INDEX "gates_opened" ON "gates" USING btree ("opened_at","id");
