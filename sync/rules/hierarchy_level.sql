-- One level of the hierarchy, run from the top down (rules.md 18; readings.md 33 and 34):
-- among the rows that have the values chosen above and meet the criteria, learners' where there are
-- any, the most frequent value, then the smallest.
CREATE OR REPLACE TEMP TABLE rule_candidate AS
SELECT r.side, r.place_no, v.setting_id, r.cell_no, r.path, v.student, v.value, v.times
FROM rule_reach r
JOIN rule_branch b ON b.side = r.side AND b.parent_id IS NOT DISTINCT FROM r.parent_id
JOIN rule_cell_value v ON v.side = b.side AND v.setting_id = b.setting_id AND v.cell_no = r.cell_no;

CREATE OR REPLACE TEMP TABLE rule_level AS
WITH kind AS (
  SELECT side, place_no, setting_id, bool_or(student) AS student FROM rule_candidate GROUP BY ALL),
counted AS (
  SELECT c.side, c.place_no, c.setting_id, c.path, c.value, k.student, sum(c.times) AS times
  FROM rule_candidate c JOIN kind k ON k.side = c.side AND k.place_no = c.place_no
    AND k.setting_id = c.setting_id AND k.student = c.student
  WHERE c.value <> '' GROUP BY ALL)
SELECT side, place_no, setting_id, student, commonest(value, times) AS value,
  coalesce(path || path_separator(), '') || setting_id || '=' || commonest(value, times) AS path,
  count(*) > 1 AS disagree
FROM counted GROUP BY side, place_no, setting_id, student, counted.path;

INSERT INTO rule_chosen BY NAME SELECT * EXCLUDE (student) FROM rule_level;
INSERT INTO rule_support BY NAME
SELECT l.side, l.place_no, l.setting_id, c.cell_no, c.times
FROM rule_level l JOIN rule_candidate c ON c.side = l.side AND c.place_no = l.place_no
  AND c.setting_id = l.setting_id AND c.value = l.value AND c.student = l.student;
CREATE OR REPLACE TEMP TABLE rule_reach AS
SELECT l.side, l.place_no, c.cell_no, l.setting_id AS parent_id, l.path
FROM rule_level l JOIN rule_candidate c ON c.side = l.side AND c.place_no = l.place_no
  AND c.setting_id = l.setting_id AND c.value = l.value;
