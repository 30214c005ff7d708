-- Whether a fan-out of a lane is due is read from the index alone, however many there are of the others.
DROP INDEX novu_fanouts_due;
CREATE INDEX novu_fanouts_due ON novu_fanouts (app, lane, due_at) WHERE due_at IS NOT NULL;
