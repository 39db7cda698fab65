-- ChangeAllPersonIdentifiersToUserName: whose key is to become the user name (ums.md 2.12 and 4.1).
-- Never touched: administrators, the owner of the timetable, persons without a key (rules.md 8).
CREATE OR REPLACE TEMP TABLE rekey_candidate AS
SELECT coalesce(h.key, l.key) AS current_key, trim(coalesce(l.user_name, '')) AS wanted_key,
       h.key IS NOT NULL AS held, coalesce(h.user_name, l.user_name) AS user_name,
       coalesce(h.first_name, l.first_name) AS first_name,
       coalesce(h.last_name, l.last_name) AS last_name, coalesce(h.role, l.role) AS role,
       h.email, h.phone, h.mobile, h.street, h.postcode, h.city, h.administrative_id, h.school
FROM live_person l LEFT JOIN held_person h ON lower(h.key) = lower(l.key)
WHERE coalesce(l.key, '') <> ''
  AND lower(l.role) NOT IN ('administrator', 'system administrator')
  AND lower(l.key) <> lower($timetable_user)
  AND lower(trim(coalesce(l.user_name, ''))) <> lower($timetable_user);

CREATE OR REPLACE TEMP TABLE rekey_obstacle (reason VARCHAR, key VARCHAR, detail VARCHAR);
INSERT INTO rekey_obstacle
SELECT 'no-user-name', current_key, 'has no user name, so it keeps its key'
FROM rekey_candidate WHERE wanted_key = '';
INSERT INTO rekey_obstacle
SELECT 'key-too-long', current_key, 'its user name is longer than 64 characters'
FROM rekey_candidate WHERE length(wanted_key) > 64;
INSERT INTO rekey_obstacle
SELECT 'user-name-twice', current_key, 'several persons have the user name ' || wanted_key
FROM rekey_candidate WHERE wanted_key <> ''
QUALIFY count(*) OVER (PARTITION BY lower(wanted_key)) > 1;
INSERT INTO rekey_obstacle
SELECT 'course-creator', current_key, 'settings in UMS name this key as CourseCreator: write '
  || wanted_key || ' there, then re-key again'
FROM rekey_candidate
WHERE lower(current_key) IN (SELECT lower(key) FROM rekey_creator)
  AND lower(current_key) <> lower(wanted_key) AND wanted_key <> '';
INSERT INTO rekey_obstacle
SELECT 'key-in-trash', c.current_key, 'itslearning has the key ' || c.wanted_key || ' in its trash ('
  || trim(coalesce(t.first_name, '') || ' ' || coalesce(t.last_name, ''))
  || '): restore that account or have it deleted for good, then re-key again'
FROM rekey_candidate c JOIN held_trash t ON lower(t.key) = lower(c.wanted_key)
WHERE lower(c.wanted_key) <> lower(c.current_key);

CREATE OR REPLACE TEMP TABLE rekey_wanted AS
SELECT *, 'its sync key becomes its user name' AS reason FROM rekey_candidate
WHERE lower(current_key) <> lower(wanted_key)
  AND current_key NOT IN (SELECT key FROM rekey_obstacle);
