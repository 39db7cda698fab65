-- Who of rekey_candidate cannot get another key, and why (rekey_obstacle); the others stand in
-- rekey_wanted.
CREATE OR REPLACE TEMP TABLE rekey_obstacle (reason VARCHAR, key VARCHAR, detail VARCHAR);
INSERT INTO rekey_obstacle
SELECT 'no-user-name', current_key, 'has no user name, so it keeps its key'
FROM rekey_candidate WHERE wanted_key = '';
INSERT INTO rekey_obstacle
SELECT 'key-too-long', current_key, 'its new key would be longer than 64 characters'
FROM rekey_candidate WHERE length(wanted_key) > 64;
INSERT INTO rekey_obstacle
SELECT 'user-name-twice', current_key, 'several persons have the user name ' || wanted_key
FROM rekey_candidate WHERE wanted_key <> ''
QUALIFY count(*) OVER (PARTITION BY lower(wanted_key)) > 1;
INSERT INTO rekey_obstacle
SELECT 'course-creator', current_key, 'settings in UMS name this key as CourseCreator: write '
  || wanted_key || ' there, then re-key again'
FROM rekey_candidate
WHERE lower(current_key) IN (SELECT lower(key) FROM rekey_creator)
  AND lower(current_key) <> lower(wanted_key) AND wanted_key <> '';
INSERT INTO rekey_obstacle
SELECT 'key-in-trash', c.current_key, 'itslearning has the key ' || c.wanted_key || ' in its trash ('
  || trim(coalesce(t.first_name, '') || ' ' || coalesce(t.last_name, ''))
  || '): restore that account or have it deleted for good, then re-key again'
FROM rekey_candidate c JOIN held_trash t ON lower(t.key) = lower(c.wanted_key)
WHERE lower(c.wanted_key) <> lower(c.current_key);

CREATE OR REPLACE TEMP TABLE rekey_wanted AS
SELECT * FROM rekey_candidate
WHERE lower(current_key) <> lower(wanted_key)
  AND current_key NOT IN (SELECT key FROM rekey_obstacle);
