-- What the changes in ``arrived`` make of the rows they are about: one row a key, ``gone`` where it is
-- held no longer. Memberships that went along with a person or a room stand in ``went_along``; those
-- whose person got another key are not seen from here. ``age`` tells layers of changes apart. A
-- membership whose ``role`` is given says all in its columns, by the million, and needs no JSON.
CREATE OR REPLACE TEMP VIEW derived_held_person AS
  SELECT key, after->>'$.user_name' AS user_name, after->>'$.first_name' AS first_name,
         after->>'$.last_name' AS last_name, after->>'$.role' AS role, after->>'$.email' AS email,
         after->>'$.phone' AS phone, after->>'$.mobile' AS mobile, after->>'$.street' AS street,
         after->>'$.postcode' AS postcode, after->>'$.city' AS city,
         memory->>'$.administrative_id' AS administrative_id, memory->>'$.school' AS school,
         -- An account that had to give its key away is looked after by a person from then on.
         op IN ('delete', 'forget') OR memory->>'$.parked' IS NOT NULL AS gone, age
  -- A key change alone makes nobody ours whom this program did not hold, and the step between two
  -- keys is none to remember.
  FROM arrived WHERE kind = 'person' AND memory->>'$.aside' IS NULL;
CREATE OR REPLACE TEMP VIEW derived_held_group AS
  SELECT kind, key, after->>'$.title' AS title, after->>'$.parent' AS parent_key,
         after->>'$.type' AS type, memory->>'$.node_id' AS node_id,
         memory->>'$.site_type' AS site_type, memory->>'$.template_key' AS template_key,
         memory->>'$.creator_key' AS creator_key, memory->>'$.language' AS language,
         memory->>'$.category' AS category, (memory->>'$.setting_id')::INTEGER AS setting_id,
         (memory->>'$.ums_template_id')::INTEGER AS ums_template_id,
         (memory->>'$.ended')::DATE AS ended, (memory->>'$.archived')::DATE AS archived,
         (memory->>'$.empty_since')::DATE AS empty_since, (memory->>'$.depth')::INTEGER AS depth,
         memory->>'$.school' AS school, op IN ('delete', 'forget') AS gone, age
  FROM arrived WHERE kind IN ('node', 'group', 'course');
CREATE OR REPLACE TEMP VIEW derived_held_membership AS
  SELECT person_key, group_key, coalesce(role, after->>'$.role') AS role,
         CASE WHEN role IS NULL THEN memory->>'$.school' ELSE school END AS school,
         op IN ('delete', 'forget') AS gone, age
  FROM arrived WHERE kind = 'membership' AND memory->>'$.aside' IS NULL
  UNION ALL
  SELECT person_key, group_key, NULL, NULL, true, age FROM went_along;
CREATE OR REPLACE TEMP VIEW derived_held_event AS
  SELECT key, (after->>'$.starts_at')::TIMESTAMP AS starts_at,
         (after->>'$.ends_at')::TIMESTAMP AS ends_at, after->>'$.title' AS title,
         after->>'$.description' AS description, after->>'$.course' AS course_key,
         memory->>'$.school' AS school, op = 'delete' AS gone, age
  FROM arrived WHERE kind = 'event';
CREATE OR REPLACE TEMP VIEW derived_held_trash AS
  SELECT key, before->>'$.user_name' AS user_name, before->>'$.first_name' AS first_name,
         before->>'$.last_name' AS last_name, op <> 'delete' AS gone, age
  FROM arrived WHERE kind = 'person' AND op IN ('delete', 'create', 'restore');
