-- Why nodes, groups, courses and events change (rules.md 11, 12, 14, 17 to 20; readings.md 2).
CREATE OR REPLACE TEMP TABLE rule_group_end AS
SELECT p.key, max(r.end_on) AS ended, min(r.start_on) FILTER (NOT r.begun) AS starts
FROM rule_group_part p JOIN rule_row r ON r.activity_no = p.activity_no AND r.group_row
WHERE p.key IN (SELECT key FROM change WHERE kind = 'group') GROUP BY p.key;

-- Which setting decided the place of a room or group.
CREATE OR REPLACE TEMP TABLE rule_decided AS
SELECT coalesce(r.key, g.key) AS key, u.setting_id, u.value
FROM rule_under u LEFT JOIN rule_room r ON u.side = 'C' AND r.room_no = u.place_no
LEFT JOIN rule_group g ON u.side = 'G' AND g.group_no = u.place_no
WHERE u.directly;

CREATE OR REPLACE TEMP TABLE rule_reason AS
SELECT c.seq, CASE
  WHEN c.kind = 'event' THEN
    CASE c.op WHEN 'create' THEN 'a new block of the timetable'
              WHEN 'update' THEN 'the block of the timetable differs'
              WHEN 'delete' THEN 'the timetable has no such block in a room of ours any more'
              ELSE 'only remembered here' END
  WHEN l.key IS NOT NULL AND c.op IN ('delete', 'forget') THEN l.reason
  WHEN c.op = 'note' THEN 'only remembered here: ' || CASE
    WHEN n.empty_since IS NOT NULL THEN 'ended ' || n.end_on || ', empty since ' || n.empty_since
    WHEN n.key IS NOT NULL THEN 'runs ' || period(n.start_on, n.end_on)
    ELSE 'setting, school or place differs' END
  WHEN c.op = 'update' THEN 'its title in UMS is another: ' || coalesce(c.after->>'$.title', '')
  WHEN c.kind = 'node' THEN CASE
    WHEN c.key IN (groups_root(), template_groups_root(), courses_root(), archive_root())
    THEN 'always there, under the root of the site'
    WHEN c.op = 'create' THEN 'a room or group stands in it'
    WHEN c.op IN ('delete', 'forget') THEN 'nothing stands in it any more' ELSE 'its parent is another' END
  WHEN c.op = 'archive' THEN CASE n.fate
    WHEN 'vanished' THEN 'rows of ' || n.title || ' vanished, it counts as ended ' || n.end_on
    ELSE 'room ended ' || n.end_on END
  WHEN c.op = 'move' THEN
    CASE WHEN n.held_archived IS NOT NULL
         THEN 'runs again, ' || period(n.start_on, n.end_on) || ': ' ELSE '' END
    || CASE WHEN d.key IS NULL THEN 'no branch has a value at every level'
            ELSE 'placed under ' || d.value || ' by sub account setting ' || d.setting_id END
  WHEN c.kind = 'course' AND c.op IN ('create', 'restore') THEN
    'room runs ' || period(n.start_on, n.end_on) || coalesce(
      ', made from ' || (n.start_on - s.create_days), '') || ', setting ' || n.setting_id
  WHEN c.kind = 'group' AND starts_with(c.key, template_group_prefix()) THEN
    CASE c.op WHEN 'create' THEN 'template ' || c.label || ' maintains a group'
              ELSE 'its template is gone or maintains no group any more' END
  WHEN c.kind = 'group' AND c.op IN ('delete', 'forget') THEN CASE
    WHEN e.starts IS NOT NULL THEN 'no row of it counts, the next starts ' || e.starts
    WHEN e.key IS NOT NULL THEN 'its last row ended ' || coalesce(e.ended::VARCHAR, '')
    ELSE 'rows of ' || c.label || ' vanished' END
  WHEN c.kind = 'group' THEN 'a row of ' || c.label || ' counts'
  ELSE '' END AS reason
FROM change c LEFT JOIN rule_room_end n ON n.key = c.key
LEFT JOIN rule_setting s ON s.setting_id = n.setting_id
LEFT JOIN leaving_group l ON l.key = c.key
LEFT JOIN rule_group_end e ON e.key = c.key
LEFT JOIN rule_decided d ON d.key = c.key
WHERE c.kind IN ('node', 'group', 'course', 'event') AND c.reason = '';
UPDATE change SET reason = r.reason FROM rule_reason r WHERE r.seq = change.seq
  AND r.reason IS NOT NULL;
