-- Roots, nodes, groups, template groups and rooms as itslearning should hold them
-- (rules.md 2, 11, 14, 15, 17, 18 and 20; readings.md 2, 10, 30, 31 and 35).
-- What counts at creation only is remembered as it was sent.
INSERT INTO wanted_group BY NAME
SELECT 'node' AS kind, key, title, root_key() AS parent_key, node_type() AS type, 0 AS depth,
  '' AS school
FROM (VALUES (groups_root(), groups_title()), (template_groups_root(), template_groups_title()),
             (courses_root(), courses_title()), (archive_root(), archive_title()))
  root (key, title);

CREATE OR REPLACE TEMP TABLE rule_titled AS
SELECT 'node' AS kind, key, title, parent_key, node_type() AS type, depth, school
FROM rule_node
UNION ALL BY NAME
SELECT 'group' AS kind, t.key, t.title, template_groups_root() AS parent_key, node_type() AS type,
  1 AS depth, t.template_id AS ums_template_id, t.setting_id, coalesce(s.school, '') AS school
FROM rule_template_group t LEFT JOIN (
  SELECT place_no, commonest(school, times) AS school
  FROM (SELECT place_no, school, count(*) AS times FROM rule_template_group_hit GROUP BY ALL)
  GROUP BY place_no) s ON s.place_no = t.template_id
UNION ALL BY NAME
SELECT 'group' AS kind, g.key, g.node_id AS title, coalesce(u.key, groups_root()) AS parent_key,
  coalesce(u.depth, 0) + 1 AS depth, g.node_id, g.setting_id,
  CASE WHEN g.template_key IS NULL THEN node_type() ELSE course_type() END AS type,
  g.template_key, g.creator_key, g.language, g.category, coalesce(s.school, '') AS school
FROM rule_group_now g
LEFT JOIN rule_under u ON u.side = 'G' AND u.place_no = g.group_no AND u.directly
LEFT JOIN (
  SELECT group_no, commonest(school, times) AS school
  FROM (SELECT gc.group_no, nullif(c.school, '') AS school, sum(c.times) AS times
        FROM rule_group_cell gc JOIN rule_cell c ON c.cell_no = gc.cell_no GROUP BY ALL)
  GROUP BY group_no) s ON s.group_no = g.group_no
UNION ALL BY NAME
SELECT 'course' AS kind, n.key, n.title, course_type() AS type,
  CASE WHEN n.inactive THEN archive_root() ELSE coalesce(u.key, courses_root()) END AS parent_key,
  CASE WHEN n.inactive THEN 0 ELSE coalesce(u.depth, 0) END + 1 AS depth,
  n.node_id, n.site_type, n.setting_id, n.template_key, n.creator_key, s.language, s.category,
  n.end_on AS ended, n.archived, n.empty_since, n.school
FROM rule_room_end n LEFT JOIN rule_setting s ON s.setting_id = n.setting_id
LEFT JOIN rule_under u ON u.side = 'C' AND u.place_no = n.room_no AND u.directly
WHERE n.fate <> 'kept' AND NOT n.leaves;

INSERT INTO problem
SELECT 'title-cut', key, 1, 'titles over ' || title_limit() || ' characters are cut'
FROM rule_titled WHERE length(title) > title_limit() ORDER BY key;

INSERT INTO wanted_group BY NAME
SELECT t.* REPLACE (cut_title(t.title) AS title,
    CASE WHEN h.key IS NULL THEN t.type ELSE h.type END AS type,
    CASE WHEN h.key IS NULL THEN t.template_key ELSE h.template_key END AS template_key,
    CASE WHEN h.key IS NULL THEN t.creator_key ELSE h.creator_key END AS creator_key,
    CASE WHEN h.key IS NULL THEN t.language ELSE h.language END AS language,
    CASE WHEN h.key IS NULL THEN t.category ELSE h.category END AS category)
FROM rule_titled t LEFT JOIN held_group h ON h.key = t.key;

-- Left as they are: rooms and groups that only problem rows stand for, the root, and the nodes
-- above them.
INSERT INTO wanted_group BY NAME
WITH RECURSIVE above AS (
  SELECT h.key, h.parent_key FROM held_group h
  WHERE h.key NOT IN (SELECT key FROM wanted_group)
    AND ((h.kind IN ('course', 'group') AND h.key IN (FROM rule_present_place)
          AND h.key NOT IN (SELECT key FROM leaving_group))
      OR h.key = root_key())
  UNION
  SELECT h.key, h.parent_key FROM held_group h JOIN above a ON h.key = a.parent_key
  WHERE h.kind = 'node' AND h.key NOT IN (SELECT key FROM wanted_group))
SELECT h.*, true AS kept FROM held_group h WHERE h.key IN (SELECT key FROM above);

INSERT INTO wanted_membership BY NAME
SELECT person_key, group_key, role, school, kept FROM rule_membership
WHERE group_key IN (SELECT key FROM wanted_group) OR group_key = root_key();
DROP TABLE rule_membership;
