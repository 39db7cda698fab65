-- Held after a run: what was held before it, corrected by the changes that arrived.
-- First the keys that differ from now on, then the rows themselves.
CREATE OR REPLACE TEMP TABLE differs_held_person AS
  SELECT DISTINCT key FROM arrived WHERE kind = 'person'
  UNION SELECT before->>'$.key' FROM arrived WHERE kind = 'person' AND op = 'rekey';
CREATE OR REPLACE TEMP TABLE differs_held_trash AS
  SELECT DISTINCT key FROM arrived WHERE kind = 'person' AND op IN ('delete', 'create', 'restore');
CREATE OR REPLACE TEMP TABLE differs_held_group AS
  SELECT DISTINCT key FROM arrived WHERE kind IN ('node', 'group', 'course');
CREATE OR REPLACE TEMP TABLE differs_held_event AS
  SELECT DISTINCT key FROM arrived WHERE kind = 'event';
CREATE OR REPLACE TEMP TABLE gone_person AS
  SELECT key FROM arrived WHERE kind = 'person' AND op = 'delete';
CREATE OR REPLACE TEMP TABLE gone_group AS
  SELECT key FROM arrived WHERE kind IN ('node', 'group', 'course') AND op IN ('delete', 'forget');
-- Who swapped keys with somebody was parked on a third one in between: the two steps are one here.
CREATE OR REPLACE TEMP TABLE new_person_key AS
  WITH step AS (
    SELECT before->>'$.key' AS old_key, key AS new_key FROM arrived
    WHERE kind = 'person' AND op = 'rekey')
  SELECT s.old_key, coalesce(n.new_key, s.new_key) AS new_key,
         s.old_key IN (SELECT key FROM held_person) AS held
  FROM step s
  LEFT JOIN step n ON n.old_key = s.new_key AND starts_with(s.new_key, 'UMSParked_')
  WHERE NOT (starts_with(s.old_key, 'UMSParked_') AND s.old_key IN (SELECT new_key FROM step));
-- Memberships keep their own key when a person's key changes, but are known here by both ends.
CREATE OR REPLACE TEMP TABLE differs_held_membership AS
  SELECT person_key, group_key FROM arrived WHERE kind = 'membership'
  UNION SELECT person_key, group_key FROM held_membership
        WHERE person_key IN (SELECT key FROM gone_person)
           OR group_key IN (SELECT key FROM gone_group)
           OR person_key IN (SELECT old_key FROM new_person_key)
  UNION SELECT new_key, group_key FROM held_membership
        JOIN new_person_key ON person_key = old_key;

DELETE FROM held_trash WHERE key IN (SELECT key FROM differs_held_trash);
INSERT INTO held_trash BY NAME SELECT * EXCLUDE (gone, age) FROM derived_held_trash WHERE NOT gone;

-- An account that had to give its key away is looked after by a person from then on, not by us.
DELETE FROM held_person WHERE key IN (SELECT key FROM differs_held_person);
INSERT INTO held_person BY NAME SELECT * EXCLUDE (gone, age) FROM derived_held_person WHERE NOT gone;

DELETE FROM held_group WHERE key IN (SELECT key FROM differs_held_group);
INSERT INTO held_group BY NAME SELECT * EXCLUDE (gone, age) FROM derived_held_group WHERE NOT gone;

UPDATE held_membership SET person_key = new_key FROM new_person_key WHERE person_key = old_key;
DELETE FROM held_membership USING differs_held_membership d
  WHERE held_membership.person_key = d.person_key AND held_membership.group_key = d.group_key
    AND (held_membership.person_key IN (SELECT key FROM gone_person)
      OR held_membership.group_key IN (SELECT key FROM gone_group)
      OR EXISTS (FROM arrived a WHERE a.kind = 'membership'
                 AND a.person_key = d.person_key AND a.group_key = d.group_key));
INSERT INTO held_membership BY NAME
  SELECT * EXCLUDE (gone, age) FROM derived_held_membership WHERE NOT gone;

DELETE FROM held_event WHERE key IN (SELECT key FROM differs_held_event);
INSERT INTO held_event BY NAME SELECT * EXCLUDE (gone, age) FROM derived_held_event WHERE NOT gone;
