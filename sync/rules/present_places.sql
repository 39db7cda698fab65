-- Rooms and groups that problem rows stand for (rules.md 2; readings.md 10).
-- Where valid rows make the room of the activity, that is the one; else every room or group whose
-- node id the problem rows would give under one of the organization's settings.
CREATE OR REPLACE TEMP TABLE rule_broken_activity AS
SELECT DISTINCT activity, activity_name, short_name FROM rule_broken WHERE activity <> '';

CREATE OR REPLACE TEMP TABLE rule_present_name AS
WITH name AS (
  SELECT DISTINCT coalesce(a.activity_name, b.activity_name) AS activity_name,
    coalesce(a.short_name, b.short_name) AS short_name
  FROM rule_broken_activity b LEFT JOIN rule_activity a ON a.activity = b.activity)
SELECT DISTINCT node_of(n.activity_name, n.short_name, s.roll_start, s.roll_size, s.add_short)
  AS base
FROM name n CROSS JOIN (SELECT DISTINCT roll_start, roll_size, add_short FROM rule_setting) s
WHERE n.activity_name <> '' AND base <> '';

CREATE OR REPLACE TEMP TABLE rule_present_place AS
SELECT key FROM rule_room_part WHERE activity IN (SELECT activity FROM rule_broken_activity)
UNION
SELECT key FROM rule_group_part WHERE activity IN (SELECT activity FROM rule_broken_activity)
UNION
SELECT key FROM held_group WHERE kind IN ('course', 'group') AND node_id IN (FROM rule_present_name)
UNION
-- A course room is known by the node id of its activity, up to one of its marks.
SELECT key FROM (
  SELECT key, node_id, unnest(generate_series(1, length(node_id))) AS mark
  FROM held_group WHERE kind = 'course' AND site_type = 'Course')
WHERE substr(node_id, mark, 1) = join_mark() AND left(node_id, mark - 1) IN (FROM rule_present_name)
UNION
-- An activity that no row names: what it may be is where its persons are.
SELECT m.group_key FROM held_membership m
JOIN held_group g ON g.key = m.group_key AND g.kind IN ('course', 'group')
  AND g.ums_template_id IS NULL
WHERE lower(m.person_key) IN (
  SELECT person FROM rule_broken b WHERE activity <> '' AND person <> ''
    AND activity NOT IN (SELECT activity FROM rule_broken_activity WHERE activity_name <> '')
    AND activity NOT IN (SELECT activity FROM rule_activity));
