-- The persons whose keys have changed in UMS, by the changes of a plan (``proposing``): one who would
-- leave and one who would be created with the same name, nobody else of that name among them
-- (readings.md 48). Never touched: administrators, persons that are not held.
CREATE OR REPLACE TEMP TABLE rekey_candidate AS
WITH named AS (
  SELECT key, op IN ('create', 'restore') AS coming,
         lower(trim(concat_ws(' ', said->>'$.first_name', said->>'$.last_name'))) AS name
  FROM (SELECT key, op, coalesce(after, before) AS said FROM proposing
        WHERE kind = 'person' AND op IN ('create', 'restore', 'delete') AND status <> 'postponed')),
pair AS (
  SELECT min(key) FILTER (NOT coming) AS old_key, min(key) FILTER (coming) AS new_key
  FROM named GROUP BY name
  HAVING count(*) FILTER (NOT coming) = 1 AND count(*) FILTER (coming) = 1)
SELECT h.key AS current_key, p.new_key AS wanted_key, true AS held, h.user_name, h.first_name,
       h.last_name, h.role, h.email, h.phone, h.mobile, h.street, h.postcode, h.city,
       h.administrative_id, h.school, 'UMS has the same person under this key now' AS reason
FROM pair p JOIN held_person h ON h.key = p.old_key
JOIN live_person l ON lower(l.key) = lower(h.key)
WHERE lower(l.role) NOT IN ('administrator', 'system administrator');
