-- ChangeAllPersonIdentifiersToUserName: whose key is to become the user name (ums.md 2.12 and 4.1).
-- Never touched: administrators, the owner of the timetable, persons without a key (rules.md 8).
CREATE OR REPLACE TEMP TABLE rekey_candidate AS
SELECT coalesce(h.key, l.key) AS current_key, trim(coalesce(l.user_name, '')) AS wanted_key,
       h.key IS NOT NULL AS held, coalesce(h.user_name, l.user_name) AS user_name,
       coalesce(h.first_name, l.first_name) AS first_name,
       coalesce(h.last_name, l.last_name) AS last_name, coalesce(h.role, l.role) AS role,
       h.email, h.phone, h.mobile, h.street, h.postcode, h.city, h.administrative_id, h.school,
       'its sync key becomes its user name' AS reason
FROM live_person l LEFT JOIN held_person h ON lower(h.key) = lower(l.key)
WHERE coalesce(l.key, '') <> ''
  AND lower(l.role) NOT IN ('administrator', 'system administrator')
  AND lower(l.key) <> lower($timetable_user)
  AND lower(trim(coalesce(l.user_name, ''))) <> lower($timetable_user);
