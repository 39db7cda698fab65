-- Key changes of persons (rekey_wanted: current_key, wanted_key, held, and what is known of each) as
-- changes, and those of the memberships whose keys are made of them (rules.md 21). A key must be
-- given up before another takes it: of a -> b and b -> c the second goes first, and the persons of
-- a circle are parked on a key of their own in between.
CREATE OR REPLACE TEMP TABLE rekey_link AS
WITH RECURSIVE link AS (
  SELECT current_key, 0 AS depth FROM rekey_wanted
  WHERE lower(wanted_key) NOT IN (SELECT lower(current_key) FROM rekey_wanted)
  UNION ALL
  SELECT m.current_key, l.depth + 1
  FROM rekey_wanted m JOIN link l ON lower(m.wanted_key) = lower(l.current_key))
SELECT r.current_key, r.wanted_key, coalesce(l.depth, 1) AS depth, l.depth IS NULL AS circle,
       $parked || left(md5(r.current_key), 16) AS parked_key
FROM rekey_wanted r LEFT JOIN link l ON l.current_key = r.current_key;

CREATE OR REPLACE TEMP TABLE rekey_step AS
SELECT current_key, wanted_key, CASE WHEN circle THEN parked_key ELSE current_key END AS old_key,
       wanted_key AS new_key, depth FROM rekey_link
UNION ALL
SELECT current_key, wanted_key, current_key, parked_key, 0 FROM rekey_link WHERE circle;

INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key, before, after,
                    memory, reason)
SELECT 0, 0, s.depth, 'person', 'rekey', s.new_key,
       trim(coalesce(r.first_name, '') || ' ' || coalesce(r.last_name, '')), coalesce(r.school, ''),
       s.new_key, json_merge_patch(fields, json_object('key', s.old_key)),
       json_merge_patch(fields, json_object('key', s.new_key)),
       json_object('administrative_id', r.administrative_id, 'school', r.school,
         'aside', CASE WHEN s.new_key <> s.wanted_key THEN 'between'
                       WHEN NOT r.held THEN 'stranger' END), r.reason
FROM rekey_step s
JOIN (SELECT *, json_object('key', '', 'user_name', user_name, 'first_name', first_name,
        'last_name', last_name, 'role', role, 'email', email, 'phone', phone, 'mobile', mobile,
        'street', street, 'postcode', postcode, 'city', city) AS fields FROM rekey_wanted) r
  ON r.current_key = s.current_key;

INSERT INTO problem
SELECT 'key-too-long', m.person_key || '@' || m.group_key, 1,
       'the membership would get a key over 255 characters and keeps its old one'
FROM held_membership m JOIN rekey_wanted r ON r.current_key = m.person_key AND r.held
WHERE length(r.wanted_key || '@' || m.group_key) > 255;

INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key, group_key, before,
                    after, memory, reason)
SELECT 0, 0, s.depth, 'membership', 'rekey', s.new_key || '@' || m.group_key,
       trim(coalesce(r.first_name, '') || ' ' || coalesce(r.last_name, '')) || ' in '
         || coalesce(g.title, m.group_key),
       coalesce(m.school, ''), s.wanted_key, m.group_key,
       json_object('key', s.old_key || '@' || m.group_key, 'person', s.current_key,
                   'group', m.group_key, 'role', m.role),
       json_object('key', s.new_key || '@' || m.group_key, 'person', s.wanted_key,
                   'group', m.group_key, 'role', m.role),
       json_object('school', m.school,
         'aside', CASE WHEN s.new_key <> s.wanted_key THEN 'between' END), 'its key is made of its person''s key'
FROM rekey_step s
JOIN rekey_wanted r ON r.current_key = s.current_key AND r.held
JOIN held_membership m ON m.person_key = s.current_key
LEFT JOIN held_group g ON g.key = m.group_key
WHERE length(r.wanted_key || '@' || m.group_key) <= 255;
