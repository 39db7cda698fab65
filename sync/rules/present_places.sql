-- Rooms and groups that problem rows stand for (rules.md 2; readings.md 10).
-- Where valid rows make the place of the activity, that is the one; else every room or group whose
-- node id the problem rows would give under one of the organization's settings.
CREATE OR REPLACE TEMP TABLE rule_broken_activity AS
SELECT DISTINCT activity, activity_name, short_name FROM rule_broken WHERE activity <> '';

CREATE OR REPLACE TEMP TABLE rule_present_name AS
WITH name AS (
  SELECT DISTINCT b.activity, coalesce(a.activity_name, b.activity_name) AS activity_name,
    coalesce(a.short_name, b.short_name) AS short_name
  FROM rule_broken_activity b LEFT JOIN rule_activity a ON a.activity = b.activity)
SELECT DISTINCT n.activity,
  node_of(n.activity_name, n.short_name, s.roll_start, s.roll_size, s.add_short) AS base
FROM name n CROSS JOIN (SELECT DISTINCT roll_start, roll_size, add_short FROM rule_setting) s
WHERE n.activity_name <> '' AND base <> '';

-- Which places valid rows make, and of which activities it is known by that what they make.
CREATE OR REPLACE TEMP TABLE rule_made_place AS
SELECT key, site_type AS what FROM rule_room UNION SELECT key, 'Group' FROM rule_group;
CREATE OR REPLACE TEMP TABLE rule_making_activity AS
SELECT activity, site_type AS what FROM rule_room_part WHERE NOT refused
UNION SELECT activity, 'Group' FROM rule_group_part;

CREATE OR REPLACE TEMP TABLE rule_present_place AS
SELECT key FROM rule_room_part WHERE activity IN (SELECT activity FROM rule_broken_activity)
UNION
SELECT key FROM rule_group_part WHERE activity IN (SELECT activity FROM rule_broken_activity)
UNION
SELECT h.key
FROM (
  SELECT key, node_id AS base FROM held_group WHERE kind IN ('course', 'group')
  UNION ALL
  -- A course room is known by the node id of its activity, up to one of its marks.
  SELECT key, left(node_id, mark - 1)
  FROM (SELECT key, node_id, unnest(generate_series(1, length(node_id))) AS mark
        FROM held_group WHERE kind = 'course' AND site_type = 'Course')
  WHERE substr(node_id, mark, 1) = join_mark()) h
JOIN rule_present_name n ON n.base = h.base
LEFT JOIN rule_made_place p ON p.key = h.key
LEFT JOIN rule_making_activity m ON m.activity = n.activity AND m.what = p.what
WHERE m.activity IS NULL
UNION
-- An activity that no row names: what it may be is where its persons are.
SELECT m.group_key FROM held_membership m
JOIN held_group g ON g.key = m.group_key AND g.kind IN ('course', 'group')
  AND g.ums_template_id IS NULL
WHERE lower(m.person_key) IN (
  SELECT person FROM rule_broken b WHERE activity <> '' AND person <> ''
    AND activity NOT IN (SELECT activity FROM rule_broken_activity WHERE activity_name <> '')
    AND activity NOT IN (SELECT activity FROM rule_activity));
