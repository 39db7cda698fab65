-- Persons: wanted against held (rules.md 8 and 23). On a first plan the live persons stand in for
-- what is held: an equal key is the same person, an equal user name without a key is an adoption.
-- Who is wanted here no longer but has another organization on the same site is let go of; the
-- account is deleted by the last of them.

-- A hash of the row tells who may differ, so that the join carries the values of one side only, and
-- those of the other are fetched for these few. Both hashes are made here and now, never stored:
-- DuckDB does not promise them from version to version.
CREATE OR REPLACE TEMP MACRO person_hash(user_name, first_name, last_name, role, email, phone, mobile,
                                         street, postcode, city, administrative_id, school) AS
  hash(user_name, first_name, last_name, role, email, phone, mobile, street, postcode, city,
       administrative_id, school);
CREATE OR REPLACE TEMP TABLE person_differing AS
SELECT w.* EXCLUDE row_hash, h.key AS held_key
FROM (SELECT *, person_hash(user_name, first_name, last_name, role, email, phone, mobile, street,
                            postcode, city, administrative_id, school) AS row_hash
      FROM wanted_person) w
FULL JOIN (SELECT key, person_hash(user_name, first_name, last_name, role, email, phone, mobile,
                                   street, postcode, city, administrative_id, school) AS row_hash
           FROM held_person) h ON h.key = w.key AND h.row_hash = w.row_hash
WHERE w.key IS NULL OR h.key IS NULL;

INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key, before, after,
                    memory, status, message)
WITH person_pair AS (
  SELECT w.key AS wanted_key, h.key AS held_key, l.key AS live_key, l.user_name IS NOT NULL AS is_live,
         t.key AS trash_key, t.first_name AS trash_first_name, t.last_name AS trash_last_name,
         w, CASE WHEN h.key IS NOT NULL THEN {
           'user_name': h.user_name, 'first_name': h.first_name, 'last_name': h.last_name,
           'role': h.role, 'email': h.email, 'phone': h.phone, 'mobile': h.mobile,
           'street': h.street, 'postcode': h.postcode, 'city': h.city}
         WHEN l.user_name IS NOT NULL THEN {
           'user_name': l.user_name, 'first_name': l.first_name, 'last_name': l.last_name,
           'role': l.role, 'email': l.email, 'phone': l.phone, 'mobile': l.mobile,
           'street': l.street, 'postcode': l.postcode, 'city': l.city} END AS known,
         h.administrative_id AS held_administrative_id, h.school AS held_school
  FROM (SELECT * EXCLUDE held_key FROM person_differing WHERE key IS NOT NULL) w
  FULL JOIN (SELECT h.* FROM held_person h JOIN person_differing d ON d.held_key = h.key) h
    ON h.key = w.key
  LEFT JOIN live_match l ON l.wanted_key = w.key AND h.key IS NULL
  LEFT JOIN held_trash t ON lower(t.key) = lower(w.key) AND h.key IS NULL AND l.wanted_key IS NULL),
person_after AS (
  SELECT *, CASE WHEN wanted_key IS NOT NULL THEN {
      'user_name': w.user_name, 'first_name': w.first_name, 'last_name': w.last_name, 'role': w.role,
      'email': coalesce(w.email, known.email), 'phone': coalesce(w.phone, known.phone),
      'mobile': coalesce(w.mobile, known.mobile), 'street': coalesce(w.street, known.street),
      'postcode': coalesce(w.postcode, known.postcode), 'city': coalesce(w.city, known.city)} END AS become
  FROM person_pair)
SELECT 0, 0, 0, 'person', op, key, label, school, key,
       to_json(known), to_json(become), memory,
       CASE WHEN waits THEN 'held' ELSE 'planned' END,
       CASE WHEN waits THEN 'the trash holds this key under the name ' || trash_first_name || ' '
                            || trash_last_name || ': approve it if this is the same person' ELSE '' END
FROM (
  SELECT *,
    CASE WHEN wanted_key IS NULL THEN CASE
           WHEN held_key IN (SELECT key FROM shared WHERE held = 'held_person') THEN 'forget'
           ELSE 'delete' END
         WHEN held_key IS NULL AND is_live AND (live_key IS NULL OR live_key LIKE 'itsla-%') THEN 'adopt'
         WHEN held_key IS NULL AND NOT is_live AND trash_key IS NOT NULL THEN 'restore'
         WHEN held_key IS NULL AND NOT is_live THEN 'create'
         WHEN known IS DISTINCT FROM become THEN 'update'
         WHEN held_key IS NULL OR w.administrative_id IS DISTINCT FROM held_administrative_id
              OR w.school IS DISTINCT FROM held_school THEN 'note' END AS op,
    coalesce(wanted_key, held_key) AS key,
    trim(coalesce(become.first_name, known.first_name, '') || ' '
         || coalesce(become.last_name, known.last_name, '')) AS label,
    coalesce(w.school, held_school, '') AS school,
    CASE WHEN wanted_key IS NOT NULL THEN json_object(
         'administrative_id', w.administrative_id, 'school', w.school, 'live_key', live_key) END AS memory,
    coalesce(trash_key IS NOT NULL AND (trash_first_name, trash_last_name)
             IS DISTINCT FROM (w.first_name, w.last_name), false) AS waits
  FROM person_after)
WHERE op IS NOT NULL;
