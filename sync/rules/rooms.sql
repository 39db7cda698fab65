-- Rooms: activity rooms and course rooms (rules.md 9 to 12; readings.md 18 to 24).
-- A part is an activity, or an activity and a course, that some template takes. A template whose
-- setting is refused for its publishing days counts only where no other takes the part: what
-- itslearning already holds of it is kept in step, nothing new is made.
CREATE OR REPLACE TEMP TABLE rule_room_part AS
WITH taken AS (
  SELECT 'Activity' AS site_type, activity, '' AS course, unnest(activity_templates) AS template_id
  FROM rule_cell
  UNION
  SELECT 'Course', activity, course, unnest(course_templates) FROM rule_cell WHERE course <> ''),
made AS (
  SELECT k.site_type, k.activity, k.course, bool_and(t.refused) AS refused,
    arg_min(k.template_id, (t.refused, k.template_id)) AS template_id
  FROM taken k JOIN rule_template t ON t.template_id = k.template_id GROUP BY ALL)
SELECT m.*, a.activity_no, a.start_on, a.end_on,
  node_of(a.activity_name, a.short_name, t.roll_start, t.roll_size, t.add_short) AS base,
  CASE WHEN m.course = '' THEN base ELSE base || join_mark() || m.course END AS node_id,
  course_prefix() || node_id AS key
FROM made m JOIN rule_template t ON t.template_id = m.template_id
JOIN rule_activity a ON a.activity = m.activity;

INSERT INTO problem
SELECT DISTINCT 'node-id', activity, 1, 'nothing is left of its name, it has no room'
FROM rule_room_part WHERE base = '' ORDER BY activity;
INSERT INTO problem
SELECT 'key-too-long', key, count(*), 'a key may have ' || key_limit()
  || ' characters, the room is not made'
FROM rule_room_part WHERE base <> '' AND length(key) > key_limit() GROUP BY key ORDER BY key;
DELETE FROM rule_room_part WHERE base = '' OR length(key) > key_limit();

INSERT INTO problem
SELECT 'key-conflict', key, count(*), 'an activity room has this key, the course room is not made'
FROM rule_room_part WHERE site_type = 'Course'
  AND key IN (SELECT key FROM rule_room_part WHERE site_type = 'Activity')
GROUP BY key ORDER BY key;
DELETE FROM rule_room_part WHERE site_type = 'Course'
  AND key IN (SELECT key FROM rule_room_part WHERE site_type = 'Activity');

-- Parts with equal node ids share one room.
CREATE OR REPLACE TEMP TABLE rule_room AS
SELECT row_number() OVER () AS room_no, *
FROM (
  SELECT key, any_value(node_id) AS node_id, any_value(site_type) AS site_type, min(base) AS base,
    bool_and(refused) AS refused, arg_min(template_id, (refused, template_id)) AS template_id,
    CASE WHEN count(*) = count(start_on) THEN min(start_on) END AS start_on,
    CASE WHEN count(*) = count(end_on) THEN max(end_on) END AS end_on
  FROM rule_room_part GROUP BY key);

-- The cells of a room; teachers' rows without a course stand in every course room of the activity.
CREATE OR REPLACE TEMP TABLE rule_room_cell AS
SELECT r.room_no, c.cell_no
FROM rule_room_part p JOIN rule_room r ON r.key = p.key
JOIN rule_cell c ON c.activity = p.activity
  AND (p.site_type = 'Activity' OR c.course = p.course OR (c.course = '' AND NOT c.student));

CREATE OR REPLACE TEMP TABLE rule_room_word AS
WITH word AS (
  SELECT rc.room_no, c.course, c.display, c.school, sum(c.times) AS times
  FROM rule_room_cell rc JOIN rule_cell c ON c.cell_no = rc.cell_no GROUP BY ALL)
SELECT r.room_no, d.display, k.course, coalesce(s.school, '') AS school,
  coalesce(d.display, r.base) AS name,
  CASE WHEN r.site_type = 'Course' THEN k.course || ' ' || name ELSE name END AS title
FROM rule_room r
LEFT JOIN (SELECT room_no, commonest(display, times) AS display
           FROM (SELECT room_no, display, sum(times) AS times FROM word WHERE display <> ''
             GROUP BY ALL)
           GROUP BY room_no) d ON d.room_no = r.room_no
LEFT JOIN (SELECT room_no, commonest(course, times) AS course
           FROM (SELECT room_no, course, sum(times) AS times FROM word WHERE course <> ''
             GROUP BY ALL)
           GROUP BY room_no) k ON k.room_no = r.room_no
LEFT JOIN (SELECT room_no, commonest(school, times) AS school
           FROM (SELECT room_no, school, sum(times) AS times FROM word WHERE school <> ''
             GROUP BY ALL)
           GROUP BY room_no) s ON s.room_no = r.room_no;
