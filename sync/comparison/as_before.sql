-- Undo: wanted is what is held now, but what a run touched is wanted as it was before that run.
-- Reads before_* (held before the run), touched_* (keys the run changed) and undone (its changes) with their inverse.
-- A person who was there before the run without being held keeps the key that was given: nobody
-- can be made key-less again, and deleting would take the account along.
CREATE OR REPLACE TEMP TABLE stays_person AS
  SELECT key FROM undone WHERE kind = 'person' AND op IN ('adopt', 'note')
    AND key NOT IN (SELECT key FROM before_person);

INSERT INTO wanted_person BY NAME
SELECT * FROM held_person
WHERE key NOT IN (SELECT key FROM touched_person) OR key IN (SELECT key FROM stays_person);
INSERT INTO wanted_person BY NAME
SELECT * FROM before_person WHERE key IN (SELECT key FROM touched_person);
INSERT INTO wanted_person BY NAME
SELECT u.key, u.before->>'$.user_name' AS user_name, u.before->>'$.first_name' AS first_name,
       u.before->>'$.last_name' AS last_name, u.before->>'$.role' AS role,
       u.before->>'$.email' AS email, u.before->>'$.phone' AS phone, u.before->>'$.mobile' AS mobile,
       u.before->>'$.street' AS street, u.before->>'$.postcode' AS postcode,
       u.before->>'$.city' AS city, h.administrative_id, h.school
FROM undone u JOIN held_person h ON h.key = u.key
WHERE u.kind = 'person' AND u.op = 'update' AND u.key NOT IN (SELECT key FROM before_person);

INSERT INTO wanted_group BY NAME
SELECT * FROM held_group WHERE key NOT IN (SELECT key FROM touched_group);
INSERT INTO wanted_group BY NAME
SELECT * FROM before_group WHERE key IN (SELECT key FROM touched_group);

INSERT INTO wanted_membership BY NAME
SELECT h.* FROM held_membership h ANTI JOIN touched_membership t USING (person_key, group_key);
INSERT INTO wanted_membership BY NAME
SELECT b.* FROM before_membership b SEMI JOIN touched_membership t USING (person_key, group_key);

INSERT INTO wanted_event BY NAME
SELECT * FROM held_event WHERE key NOT IN (SELECT key FROM touched_event);
INSERT INTO wanted_event BY NAME
SELECT * FROM before_event WHERE key IN (SELECT key FROM touched_event);

INSERT INTO problem
SELECT 'not-undone', u.key, 1, l.loss FROM undone u JOIN undone_inverse l ON l.seq = u.seq
WHERE l.loss <> '';
