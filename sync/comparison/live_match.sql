-- Which live person a wanted one is (rules.md 23): by key, else, where the live person has no key
-- or one that itslearning made up, by user name. Administrators are never matched (rules.md 8).
CREATE OR REPLACE TEMP TABLE live_match AS
SELECT w.key AS wanted_key, l.*
FROM wanted_person w JOIN live_person l ON lower(l.key) = lower(w.key)
WHERE lower(l.role) NOT IN ('administrator', 'system administrator')
UNION ALL
SELECT w.key, l.*
FROM wanted_person w JOIN live_person l ON lower(l.user_name) = lower(w.user_name)
WHERE (l.key IS NULL OR l.key = '' OR l.key LIKE 'itsla-%')
  AND lower(l.role) NOT IN ('administrator', 'system administrator')
  AND NOT EXISTS (FROM live_person other WHERE lower(other.key) = lower(w.key))
  AND NOT EXISTS (FROM held_person h WHERE lower(h.key) = lower(w.key));
