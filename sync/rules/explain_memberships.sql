-- Why memberships change (rules.md 8, 13, 14 and 20; readings.md 10, 26 and 27): what
-- the valid rows of the person say of the room or group.
CREATE OR REPLACE TEMP TABLE rule_changed_membership AS
SELECT c.seq, c.op, c.person_key, c.group_key, c.after->>'$.role' AS role, p.person_id,
  c.before->>'$.role' AS old_role
FROM change c LEFT JOIN rule_person p ON p.person = lower(c.person_key)
WHERE c.kind = 'membership' AND c.reason = '';

CREATE OR REPLACE TEMP TABLE rule_named_place AS
SELECT p.key, p.activity_no, p.course, p.site_type, true AS any_row FROM rule_room_part p
UNION ALL
SELECT p.key, p.activity_no, '', 'Activity', false FROM rule_group_part p;

CREATE OR REPLACE TEMP TABLE rule_membership_story AS
SELECT c.seq, bool_or(r.counts) AS counts, bool_or(NOT r.student) AS teacher,
  min(r.start_on) FILTER (r.unended) AS first_day, max(r.end_on) AS last_day,
  bool_or(r.end_on IS NULL) AS no_last, bool_and(NOT r.begun) AS to_come
FROM rule_changed_membership c JOIN rule_named_place p ON p.key = c.group_key
JOIN rule_row r ON r.person_id = c.person_id AND r.activity_no = p.activity_no
WHERE (p.any_row OR r.group_row)
  AND (p.site_type = 'Activity' OR r.course = p.course OR (r.course = '' AND NOT r.student))
GROUP BY c.seq;

CREATE OR REPLACE TEMP TABLE rule_reason AS
SELECT c.seq, CASE
  WHEN c.op = 'note' THEN 'only remembered here: the school differs'
  WHEN c.op = 'update' THEN 'role ' || c.old_role || ' becomes ' || c.role
    || CASE WHEN s.teacher THEN ', a teacher''s row brings this person in' ELSE '' END
  WHEN starts_with(c.group_key, template_group_prefix()) THEN CASE c.op
    WHEN 'create' THEN 'a row of template ' || c.title || ' counts'
    ELSE 'no row of template ' || c.title || ' counts any more' END
  WHEN c.op = 'create' AND s.seq IS NULL THEN
    'SQLGroups takes this person into every room of setting ' || coalesce(n.setting_id::VARCHAR, '')
  WHEN c.op = 'create' THEN
    'row ' || period(s.first_day, CASE WHEN NOT s.no_last THEN s.last_day END) || ' in ' || c.title
  WHEN n.fate = 'vanished' THEN 'rows of ' || c.title || ' vanished'
  WHEN c.person_id IS NULL THEN 'no row names this person any more'
  WHEN s.seq IS NULL THEN 'no row puts this person in ' || c.title || ' any more'
  WHEN n.inactive AND (s.no_last OR s.last_day >= n.end_on) THEN
    'room ended ' || n.end_on || CASE WHEN e.keeps_learners THEN ''
      ELSE ', learners leave then (Finished)' END
  WHEN s.counts AND n.start_on - e.publish_days > planned_day() THEN
    'room is shown to learners from ' || (n.start_on - e.publish_days)
  WHEN s.to_come THEN 'row starts ' || coalesce(s.first_day::VARCHAR, '')
  WHEN n.end_on IS NOT NULL THEN 'row ended ' || s.last_day || ', activity ' || c.title
    || ' runs to ' || n.end_on
  ELSE 'row ended ' || s.last_day END AS reason
FROM (SELECT c.*, coalesce(w.title, h.title, c.group_key) AS title
      FROM rule_changed_membership c
      LEFT JOIN wanted_group w ON w.key = c.group_key
      LEFT JOIN held_group h ON h.key = c.group_key) c
LEFT JOIN rule_membership_story s ON s.seq = c.seq
LEFT JOIN rule_room_end n ON n.key = c.group_key
LEFT JOIN rule_setting e ON e.setting_id = n.setting_id;
UPDATE change SET reason = r.reason FROM rule_reason r WHERE r.seq = change.seq
  AND r.reason IS NOT NULL;
