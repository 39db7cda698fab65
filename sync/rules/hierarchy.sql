-- The hierarchy: which branches there are and which cells stand in which place
-- (rules.md 18; readings.md 32 and 33). Sides: G for groups, C for courses.
CREATE OR REPLACE TEMP TABLE rule_branch AS
WITH RECURSIVE setting AS (
  SELECT side, ID AS setting_id, row_number() OVER (PARTITION BY side ORDER BY ID) AS position,
    nullif(Parent_ID, 0) AS parent_id
  FROM (
    SELECT 'G' AS side, ID, Parent_ID FROM sub_account_setting
    WHERE OrganizationSettings_ID = organization()
    UNION ALL
    SELECT 'C', ID, Parent_ID FROM sub_account_courses_setting
    WHERE OrganizationSettings_ID = organization())),
branch AS (
  SELECT side, setting_id, position, parent_id, [setting_id] AS ids, 0 AS depth
  FROM setting WHERE parent_id IS NULL
  UNION ALL
  SELECT s.side, s.setting_id, s.position, s.parent_id, list_append(b.ids, s.setting_id),
    b.depth + 1
  FROM setting s JOIN branch b ON b.side = s.side AND b.setting_id = s.parent_id)
SELECT b.*, NOT EXISTS (FROM setting s WHERE s.side = b.side AND s.parent_id = b.setting_id) AS leaf
FROM branch b;

INSERT INTO problem
SELECT 'parent', CASE side WHEN 'G' THEN 'sub account ' ELSE 'course sub account ' END || ID, 1,
  'its parents lead nowhere, it makes no node'
FROM (SELECT 'G' AS side, ID FROM sub_account_setting WHERE OrganizationSettings_ID = organization()
      UNION ALL
      SELECT 'C', ID FROM sub_account_courses_setting
      WHERE OrganizationSettings_ID = organization())
WHERE (side, ID) NOT IN (SELECT (side, setting_id) FROM rule_branch) ORDER BY ALL;

CREATE OR REPLACE TEMP TABLE rule_cell_value AS
SELECT v.*, b.setting_id
FROM (
  SELECT 'G' AS side, cell_no, student, times, unnest(group_places) AS value,
    generate_subscripts(group_places, 1) AS position FROM rule_cell
  UNION ALL
  SELECT 'C', cell_no, student, times, unnest(course_places),
    generate_subscripts(course_places, 1) FROM rule_cell) v
JOIN rule_branch b ON b.side = v.side AND b.position = v.position
WHERE v.value IS NOT NULL;

-- The places that need a node, and the rows that lead further down; parent NULL is the top.
CREATE OR REPLACE TEMP TABLE rule_reach AS
SELECT 'C' AS side, c.room_no AS place_no, c.cell_no, NULL::INTEGER AS parent_id,
  NULL::VARCHAR AS path
FROM rule_room_cell c JOIN rule_room_end n ON n.room_no = c.room_no
WHERE n.fate = 'made' AND NOT n.inactive
UNION ALL
SELECT 'G', c.group_no, c.cell_no, NULL, NULL
FROM rule_group_cell c JOIN rule_group_now g ON g.group_no = c.group_no;

CREATE OR REPLACE TEMP TABLE rule_chosen (
  side VARCHAR, place_no BIGINT, setting_id INTEGER, value VARCHAR, path VARCHAR, disagree BOOLEAN);
CREATE OR REPLACE TEMP TABLE rule_support (
  side VARCHAR, place_no BIGINT, setting_id INTEGER, cell_no BIGINT, times BIGINT);
