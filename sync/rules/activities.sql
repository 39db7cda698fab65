-- Activities: their names and dates (rules.md 10 and 12; readings.md 20 and 23).
-- Rows that say the same of an activity are one cell with a number of times: everything below but
-- the members themselves is worked out from cells.
CREATE OR REPLACE TEMP TABLE rule_cell AS
SELECT row_number() OVER () AS cell_no, *
FROM (
  SELECT t.activity, t.course, t.student, t.activity_name, t.short_name, t.display, t.school,
    t.group_row, t.activity_templates, t.course_templates, t.templates,
    t.group_places, t.course_places, t.course_names,
    count(*) AS times, min(t.activity_start) AS activity_start, max(t.activity_end) AS activity_end,
    min(t.start_on) AS start_on, max(t.end_on) AS end_on,
    bool_or(t.start_on IS NULL) AS open_start, bool_or(t.end_on IS NULL) AS open_end
  FROM rule_text t
  WHERE t.sound AND len(t.templates) > 0 AND t.activity <> ''
    AND t.person NOT IN (FROM rule_conflict)
  GROUP BY ALL);

CREATE OR REPLACE TEMP TABLE rule_activity AS
SELECT d.*, n.activity_name, s.short_name, a.activity_no
FROM (
  SELECT activity,
    CASE WHEN min(activity_start) IS NOT NULL THEN min(activity_start)
         WHEN NOT bool_or(open_start) THEN min(start_on) END AS start_on,
    CASE WHEN max(activity_end) IS NOT NULL THEN max(activity_end)
         WHEN NOT bool_or(open_end) THEN max(end_on) END AS end_on
  FROM rule_cell GROUP BY activity) d
JOIN (
  SELECT activity, commonest(activity_name, times) AS activity_name
  FROM (SELECT activity, activity_name, sum(times) AS times FROM rule_cell GROUP BY ALL)
  GROUP BY activity) n ON n.activity = d.activity
JOIN (
  SELECT activity, commonest(short_name, times) AS short_name
  FROM (SELECT activity, short_name, sum(times) AS times FROM rule_cell GROUP BY ALL)
  GROUP BY activity) s ON s.activity = d.activity
JOIN rule_activity_number a ON a.activity = d.activity;
