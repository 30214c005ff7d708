ALTER TABLE novu_steps ADD COLUMN condition TEXT;
