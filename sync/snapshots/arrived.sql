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
CREATE OR REPLACE TEMP TABLE new_person_key AS
  SELECT before->>'$.key' AS old_key, key AS new_key FROM arrived
  WHERE kind = 'person' AND op = 'rekey';
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
INSERT INTO held_trash BY NAME
  SELECT key, before->>'$.user_name' AS user_name, before->>'$.first_name' AS first_name,
         before->>'$.last_name' AS last_name
  FROM arrived WHERE kind = 'person' AND op = 'delete';

-- An account that had to give its key away is looked after by a person from then on, not by us.
DELETE FROM held_person WHERE key IN (SELECT key FROM differs_held_person);
INSERT INTO held_person BY NAME
  SELECT key, after->>'$.user_name' AS user_name, after->>'$.first_name' AS first_name,
         after->>'$.last_name' AS last_name, after->>'$.role' AS role, after->>'$.email' AS email,
         after->>'$.phone' AS phone, after->>'$.mobile' AS mobile, after->>'$.street' AS street,
         after->>'$.postcode' AS postcode, after->>'$.city' AS city,
         memory->>'$.administrative_id' AS administrative_id, memory->>'$.school' AS school
  FROM arrived WHERE kind = 'person' AND op <> 'delete' AND memory->>'$.parked' IS NULL;

DELETE FROM held_group WHERE key IN (SELECT key FROM differs_held_group);
INSERT INTO held_group BY NAME
  SELECT kind, key, after->>'$.title' AS title, after->>'$.parent' AS parent_key,
         after->>'$.type' AS type, memory->>'$.node_id' AS node_id,
         memory->>'$.site_type' AS site_type, memory->>'$.template_key' AS template_key,
         memory->>'$.creator_key' AS creator_key, memory->>'$.language' AS language,
         memory->>'$.category' AS category, (memory->>'$.setting_id')::INTEGER AS setting_id,
         (memory->>'$.ums_template_id')::INTEGER AS ums_template_id,
         (memory->>'$.ended')::DATE AS ended, (memory->>'$.archived')::DATE AS archived,
         (memory->>'$.empty_since')::DATE AS empty_since, (memory->>'$.depth')::INTEGER AS depth,
         memory->>'$.school' AS school
  FROM arrived WHERE kind IN ('node', 'group', 'course') AND op NOT IN ('delete', 'forget');

UPDATE held_membership SET person_key = new_key FROM new_person_key WHERE person_key = old_key;
DELETE FROM held_membership USING differs_held_membership d
  WHERE held_membership.person_key = d.person_key AND held_membership.group_key = d.group_key
    AND (held_membership.person_key IN (SELECT key FROM gone_person)
      OR held_membership.group_key IN (SELECT key FROM gone_group)
      OR EXISTS (FROM arrived a WHERE a.kind = 'membership'
                 AND a.person_key = d.person_key AND a.group_key = d.group_key));
INSERT INTO held_membership BY NAME
  SELECT person_key, group_key, after->>'$.role' AS role, memory->>'$.school' AS school
  FROM arrived WHERE kind = 'membership' AND op <> 'delete';

DELETE FROM held_event WHERE key IN (SELECT key FROM differs_held_event);
INSERT INTO held_event BY NAME
  SELECT key, (after->>'$.starts_at')::TIMESTAMP AS starts_at,
         (after->>'$.ends_at')::TIMESTAMP AS ends_at, after->>'$.title' AS title,
         after->>'$.description' AS description, after->>'$.course' AS course_key,
         memory->>'$.school' AS school
  FROM arrived WHERE kind = 'event' AND op <> 'delete';
