-- Memberships: wanted against held. What goes with a deleted person or with a room that is deleted
-- or forgotten for good is no change of its own (readings.md 29 and 55). What another organization on
-- the same site has too is let go of.
INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key, group_key, before,
                    after, memory)
SELECT 0, 0, 0, 'membership', op, m.person_key || '@' || m.group_key,
       coalesce(p.label, m.person_key) || ' in ' || coalesce(g.title, m.group_key), m.school,
       m.person_key, m.group_key,
       CASE WHEN held_role IS NOT NULL THEN json_object(
         'person', m.person_key, 'group', m.group_key, 'role', held_role) END,
       CASE WHEN wanted_role IS NOT NULL THEN json_object(
         'person', m.person_key, 'group', m.group_key, 'role', wanted_role) END,
       CASE WHEN wanted_role IS NOT NULL THEN json_object('school', m.school) END
FROM (
  SELECT coalesce(w.person_key, h.person_key) AS person_key,
    coalesce(w.group_key, h.group_key) AS group_key, coalesce(w.school, h.school, '') AS school,
    w.role AS wanted_role, h.role AS held_role,
    CASE WHEN w.person_key IS NULL THEN
           CASE WHEN h.person_key || '@' || h.group_key IN (
                  SELECT key FROM shared WHERE held = 'held_membership') THEN 'forget'
                ELSE 'delete' END
         WHEN h.person_key IS NULL THEN 'create'
         WHEN w.role IS DISTINCT FROM h.role THEN 'update' END AS op
  FROM wanted_membership w
  FULL JOIN held_membership h ON h.person_key = w.person_key AND h.group_key = w.group_key) m
LEFT JOIN (
  SELECT key, trim(first_name || ' ' || last_name) AS label FROM wanted_person
  UNION ALL
  SELECT key, trim(first_name || ' ' || last_name) FROM held_person
  WHERE key NOT IN (SELECT key FROM wanted_person)) p ON p.key = m.person_key
LEFT JOIN (
  SELECT key, title FROM wanted_group
  UNION ALL
  SELECT key, title FROM held_group WHERE key NOT IN (SELECT key FROM wanted_group)) g
  ON g.key = m.group_key
WHERE op IS NOT NULL
  AND NOT (op IN ('delete', 'forget') AND (
    m.person_key IN (SELECT key FROM change WHERE kind = 'person' AND op = 'delete')
    OR m.group_key IN (SELECT key FROM change WHERE kind = 'course' AND op = 'delete')
    OR m.group_key IN (SELECT key FROM leaving_group WHERE op = 'forget')));
