-- What BRIN has not summed up is read whole whatever is asked: it is summed up as it comes, not once a fifth of the day is new.
DO $$
DECLARE part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'events_by_time'::regclass LOOP
        EXECUTE format('ALTER INDEX %s SET (autosummarize = on)', part);
    END LOOP;
END $$;
