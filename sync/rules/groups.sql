-- Groups (cohorts) (rules.md 9 to 11, 13 and 15; readings.md 19, 20, 28 and 30).
-- Only rows that meet the organization's SQLCriteria make groups and their members.
CREATE OR REPLACE TEMP TABLE rule_group_part AS
WITH made AS (
  SELECT k.activity, min(k.template_id) AS template_id
  FROM (SELECT DISTINCT activity, unnest(templates) AS template_id FROM rule_cell WHERE group_row) k
  JOIN rule_template t ON t.template_id = k.template_id AND t.cohort_id IS NOT NULL
  GROUP BY k.activity)
SELECT m.*, a.activity_no,
  node_of(a.activity_name, a.short_name, t.roll_start, t.roll_size, t.add_short) AS node_id,
  group_prefix() || node_id AS key
FROM made m JOIN rule_template t ON t.template_id = m.template_id
JOIN rule_activity a ON a.activity = m.activity;

INSERT INTO problem
SELECT DISTINCT 'node-id', activity, 1, 'nothing is left of its name, it has no group'
FROM rule_group_part WHERE node_id = '' ORDER BY activity;
INSERT INTO problem
SELECT 'key-too-long', key, count(*), 'a key may have ' || key_limit()
  || ' characters, the group is not made'
FROM rule_group_part WHERE node_id <> '' AND length(key) > key_limit() GROUP BY key ORDER BY key;
DELETE FROM rule_group_part WHERE node_id = '' OR length(key) > key_limit();

CREATE OR REPLACE TEMP TABLE rule_group AS
SELECT row_number() OVER () AS group_no, key, any_value(node_id) AS node_id,
  min(template_id) AS template_id
FROM rule_group_part GROUP BY key;

CREATE OR REPLACE TEMP TABLE rule_group_cell AS
SELECT g.group_no, c.cell_no
FROM rule_group_part p JOIN rule_group g ON g.key = p.key
JOIN rule_cell c ON c.activity = p.activity AND c.group_row;

-- Every row that counts keeps the group and brings its person.
CREATE OR REPLACE TEMP TABLE rule_group_hit AS
SELECT g.group_no AS place_no, r.person_id, NOT r.student AS teacher, nullif(r.school, '') AS school
FROM rule_group_part p JOIN rule_group g ON g.key = p.key
JOIN rule_row r ON r.activity_no = p.activity_no
WHERE r.group_row AND r.counts;

-- The groups that stand on the day: those that itslearning holds, and new ones whose setting the
-- site has not refused.
CREATE OR REPLACE TEMP TABLE rule_group_now AS
SELECT g.*, h.key IS NOT NULL AS held, t.setting_id, t.teacher_role, t.learner_role,
  nullif(folded(k.Template), '') AS template_key,
  CASE WHEN folded(k.Template) <> '' THEN nullif(folded(k.CourseCreator), '') END AS creator_key,
  CASE WHEN folded(k.Template) <> '' THEN t.language END AS language,
  CASE WHEN folded(k.Template) <> '' THEN t.category END AS category
FROM rule_group g JOIN rule_template t ON t.template_id = g.template_id
LEFT JOIN cohort_setting k ON k.ID = t.cohort_id
LEFT JOIN held_group h ON h.key = g.key AND h.kind = 'group'
WHERE g.group_no IN (SELECT place_no FROM rule_group_hit)
  AND (h.key IS NOT NULL OR NOT EXISTS (
    FROM rule_refused f WHERE (f.what = 'cohort' AND f.setting_id = t.cohort_id)
                           OR (f.what = 'setting' AND f.setting_id = t.setting_id)));
