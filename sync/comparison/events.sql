-- Timetable events: wanted against held (imses-protocol.md 8.3).
INSERT INTO change (seq, stage, depth, kind, op, key, label, school, group_key, before, after, memory)
SELECT 0, 0, 0, 'event', op, key, label, school, course_key, before, after,
       CASE WHEN after IS NOT NULL THEN json_object('school', school) END
FROM (
  SELECT coalesce(w.key, h.key) AS key, coalesce(w.title, h.title, '') AS label,
    coalesce(w.school, h.school, '') AS school, coalesce(w.course_key, h.course_key) AS course_key,
    CASE WHEN w.key IS NULL THEN 'delete' WHEN h.key IS NULL THEN 'create'
         WHEN (w.starts_at, w.ends_at, w.title, w.description, w.course_key) IS DISTINCT FROM
              (h.starts_at, h.ends_at, h.title, h.description, h.course_key) THEN 'update' END AS op,
    CASE WHEN h.key IS NOT NULL THEN json_object('title', h.title,
      'starts_at', strftime(h.starts_at, '%Y-%m-%dT%H:%M:%SZ'),
      'ends_at', strftime(h.ends_at, '%Y-%m-%dT%H:%M:%SZ'),
      'description', h.description, 'course', h.course_key) END AS before,
    CASE WHEN w.key IS NOT NULL THEN json_object('title', w.title,
      'starts_at', strftime(w.starts_at, '%Y-%m-%dT%H:%M:%SZ'),
      'ends_at', strftime(w.ends_at, '%Y-%m-%dT%H:%M:%SZ'),
      'description', w.description, 'course', w.course_key) END AS after
  FROM wanted_event w FULL JOIN held_event h ON h.key = w.key)
WHERE op IS NOT NULL;
