-- The persons whose keys have changed in UMS, by the changes of a plan (``proposing``): one who would
-- leave and one who would be created with the same name, nobody else of that name among them; name
-- sakes are told apart by the administrative id (readings.md 48). Never touched: administrators,
-- persons that are not held.
CREATE OR REPLACE TEMP TABLE rekey_named AS
SELECT c.key, c.op IN ('create', 'restore') AS coming,
  trim(concat_ws(' ', said->>'$.first_name', said->>'$.last_name')) AS label, lower(label) AS name,
  coalesce(c.memory->>'$.administrative_id', h.administrative_id) AS administrative_id
FROM (SELECT *, coalesce(after, before) AS said FROM proposing) c
LEFT JOIN held_person h ON h.key = c.key
WHERE c.kind = 'person' AND c.op IN ('create', 'restore', 'delete') AND c.status <> 'postponed';

CREATE OR REPLACE TEMP TABLE rekey_pair AS
WITH grouped AS (
  FROM rekey_named SELECT name, NULL AS administrative_id, key, coming
  UNION ALL
  FROM rekey_named SELECT name, administrative_id, key, coming WHERE administrative_id <> '')
SELECT DISTINCT min(key) FILTER (NOT coming) AS old_key, min(key) FILTER (coming) AS new_key
FROM grouped GROUP BY name, administrative_id
HAVING count(*) FILTER (NOT coming) = 1 AND count(*) FILTER (coming) = 1;

CREATE OR REPLACE TEMP TABLE rekey_candidate AS
SELECT h.key AS current_key, p.new_key AS wanted_key, true AS held, h.user_name, h.first_name,
       h.last_name, h.role, h.email, h.phone, h.mobile, h.street, h.postcode, h.city,
       h.administrative_id, h.school, 'UMS has the same person under this key now' AS reason
FROM rekey_pair p JOIN held_person h ON h.key = p.old_key
JOIN live_person l ON lower(l.key) = lower(h.key)
WHERE lower(l.role) NOT IN ('administrator', 'system administrator');

-- Whose key became whose is not known: without a word the next plan would delete them.
CREATE OR REPLACE TEMP TABLE rekey_undecided AS
SELECT o.key, 'several persons called ' || any_value(o.label)
  || ' leave or come, so nobody knows which of '
  || string_agg(n.key, ', ' ORDER BY n.key) || ' is this one: the next plan would delete the '
  || 'account and make a new one; change the user name in UMS back, or the key by hand' AS detail
FROM rekey_named o JOIN rekey_named n ON n.name = o.name AND n.coming
WHERE NOT o.coming AND o.key NOT IN (SELECT old_key FROM rekey_pair)
  AND n.key NOT IN (SELECT new_key FROM rekey_pair)
GROUP BY o.key;
