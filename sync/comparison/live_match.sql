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
  AND lower(w.key) NOT IN (SELECT lower(key) FROM live_person WHERE key IS NOT NULL)
  AND lower(w.key) NOT IN (SELECT lower(key) FROM held_person);
