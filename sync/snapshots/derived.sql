-- What the changes in ``arrived`` make of the rows they are about: one row a key, ``gone`` where it is
-- held no longer. Memberships that went along with a person or a room stand in ``went_along``; those
-- whose person got another key are not seen from here. ``age`` tells layers of changes apart. A
-- membership whose ``role`` is given says all in its columns, by the million, and needs no JSON.
CREATE OR REPLACE TEMP VIEW derived_held_person AS
  SELECT key, a.*, m.* EXCLUDE (parked, aside),
         -- An account that had to give its key away is looked after by a person from then on.
         op IN ('delete', 'forget') OR m.parked IS NOT NULL AS gone, age
  FROM (
    SELECT key, op, age, json_transform(after, '{"user_name": "VARCHAR", "first_name": "VARCHAR",
        "last_name": "VARCHAR", "role": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR",
        "mobile": "VARCHAR", "street": "VARCHAR", "postcode": "VARCHAR", "city": "VARCHAR"}') AS a,
      json_transform(memory, '{"administrative_id": "VARCHAR", "school": "VARCHAR",
        "parked": "VARCHAR", "aside": "VARCHAR"}') AS m
    FROM arrived WHERE kind = 'person')
  -- A key change alone makes nobody ours whom this program did not hold, and the step between two
  -- keys is none to remember.
  WHERE m.aside IS NULL;
CREATE OR REPLACE TEMP VIEW derived_held_group AS
  SELECT kind, key, a.title, a.parent AS parent_key, a.type, m.*,
         op IN ('delete', 'forget') AS gone, age
  FROM (
    SELECT kind, key, op, age, json_transform(after,
        '{"title": "VARCHAR", "parent": "VARCHAR", "type": "VARCHAR"}') AS a,
      json_transform(memory, '{"node_id": "VARCHAR", "site_type": "VARCHAR",
        "template_key": "VARCHAR", "creator_key": "VARCHAR", "language": "VARCHAR",
        "category": "VARCHAR", "setting_id": "INTEGER", "ums_template_id": "INTEGER",
        "ended": "DATE", "archived": "DATE", "empty_since": "DATE", "depth": "INTEGER",
        "school": "VARCHAR"}') AS m
    FROM arrived WHERE kind IN ('node', 'group', 'course'));
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
