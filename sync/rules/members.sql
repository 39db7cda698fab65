-- Members of rooms (rules.md 13; readings.md 2, 13, 26 and 27).
-- The parts of the rooms that stand, with what their rows have to meet.
CREATE OR REPLACE TEMP TABLE rule_meeting AS
SELECT n.room_no AS place_no, p.activity_no, p.course, p.site_type, n.inactive, n.end_on
  AS room_end,
  coalesce(planned_day() >= n.start_on - s.publish_days, true) AS published, s.keeps_learners
FROM rule_room_now n JOIN rule_room_part p ON p.key = n.key
JOIN rule_setting s ON s.setting_id = n.setting_id
WHERE n.fate = 'made';

-- While the room runs a row brings its person as long as it counts, a learner's from the day the
-- room is published. After its end only those stay whose row lasted to the end.
CREATE OR REPLACE TEMP MACRO stays(r, m) AS
  CASE WHEN m.inactive
       THEN r.begun AND (r.end_on IS NULL OR r.end_on >= m.room_end)
         AND (NOT r.student OR m.keeps_learners)
       ELSE r.counts AND (NOT r.student OR m.published) END;

CREATE OR REPLACE TEMP TABLE rule_room_hit AS
SELECT m.place_no, r.person_id, NOT r.student AS teacher, nullif(r.school, '') AS school
FROM rule_meeting m JOIN rule_row r ON r.activity_no = m.activity_no
WHERE m.site_type = 'Activity' AND stays(r, m)
UNION ALL
SELECT m.place_no, r.person_id, NOT r.student, nullif(r.school, '')
FROM rule_meeting m JOIN rule_row r ON r.activity_no = m.activity_no AND r.course = m.course
WHERE m.site_type = 'Course' AND stays(r, m)
UNION ALL
SELECT m.place_no, r.person_id, true, nullif(r.school, '')
FROM rule_meeting m JOIN rule_row r ON r.activity_no = m.activity_no
WHERE m.site_type = 'Course' AND r.course = '' AND NOT r.student AND stays(r, m)
UNION ALL
-- Employees with an active row whose activity a SQLGroups pattern takes, in every room of the
-- setting.
SELECT n.room_no, t.person_id, true, t.school
FROM rule_room_now n JOIN (
  SELECT DISTINCT unnest(teacher_settings) AS setting_id, person_id, nullif(school, '') AS school
  FROM rule_row WHERE active AND NOT student AND activity_no IS NOT NULL) t
    ON t.setting_id = n.setting_id;
