-- Persons (rules.md 4, 5, 7, 8 and 23; readings.md 12 to 17).
-- Who: everybody with a valid row of a template that counts. What: per field the most frequent
-- non-empty value of those rows, then the smallest. Most persons' rows agree, which one aggregate
-- tells; only the others are counted value by value.
CREATE OR REPLACE TEMP VIEW rule_value AS
SELECT p.person_id, nullif(t.user_name, '') AS user_name, nullif(t.work_mail, '') AS work_mail,
  nullif(t.private_mail, '') AS private_mail, nullif(t.phone, '') AS phone,
  nullif(t.mobile, '') AS mobile, nullif(t.street, '') AS street,
  nullif(t.postcode, '') AS postcode,
  nullif(t.town, '') AS town, nullif(t.administrative_id, '') AS administrative_id,
  nullif(t.school, '') AS school, t.student, t.secret, t.first_name, t.last_name
FROM rule_text t JOIN rule_person p ON p.person = t.person WHERE t.sound AND t.counts;

CREATE OR REPLACE TEMP TABLE rule_extent AS
SELECT person_id, bool_and(student) AS student, bool_or(secret) AS secret,
  min(COLUMNS(* EXCLUDE (person_id, student, secret))) AS '\0',
  max(COLUMNS(* EXCLUDE (person_id, student, secret, first_name, last_name))) AS 'highest_\0'
FROM rule_value GROUP BY person_id;
CREATE OR REPLACE TEMP TABLE rule_differing AS
SELECT person_id FROM rule_extent
WHERE user_name <> highest_user_name OR work_mail <> highest_work_mail
   OR private_mail <> highest_private_mail OR phone <> highest_phone OR mobile <> highest_mobile
   OR street <> highest_street OR postcode <> highest_postcode OR town <> highest_town
   OR administrative_id <> highest_administrative_id OR school <> highest_school;

CREATE OR REPLACE TEMP TABLE rule_person_value AS
WITH counted AS (
  SELECT person_id, field, value, count(*) AS times
  FROM (UNPIVOT (SELECT * EXCLUDE (student, secret, first_name, last_name) FROM rule_value
                 WHERE person_id IN (FROM rule_differing))
        ON COLUMNS(* EXCLUDE person_id) INTO NAME field VALUE value)
  GROUP BY ALL),
chosen AS (
  SELECT person_id, field, commonest(value, times) AS value FROM counted GROUP BY ALL)
SELECT person_id, user_name, work_mail, private_mail, phone, mobile, street, postcode, town,
  administrative_id, school FROM rule_extent
WHERE person_id NOT IN (FROM rule_differing)
UNION ALL BY NAME
SELECT person_id, max(value) FILTER (field = 'user_name') AS user_name,
  max(value) FILTER (field = 'work_mail') AS work_mail,
  max(value) FILTER (field = 'private_mail') AS private_mail,
  max(value) FILTER (field = 'phone') AS phone, max(value) FILTER (field = 'mobile') AS mobile,
  max(value) FILTER (field = 'street') AS street,
  max(value) FILTER (field = 'postcode') AS postcode,
  max(value) FILTER (field = 'town') AS town,
  max(value) FILTER (field = 'administrative_id') AS administrative_id,
  max(value) FILTER (field = 'school') AS school
FROM chosen GROUP BY person_id;

CREATE OR REPLACE TEMP TABLE rule_person_fact AS
SELECT person_id, student, secret, first_name, last_name FROM rule_extent;

-- The templates for which a row of the person counts; their boxes add up.
CREATE OR REPLACE TEMP TABLE rule_person_template AS
SELECT DISTINCT r.person_id, r.template_id
FROM (SELECT person_id, start_on, unnest(templates) AS template_id FROM rule_row WHERE counts) r
JOIN rule_template t ON t.template_id = r.template_id
WHERE r.start_on IS NULL OR r.start_on - t.create_days <= planned_day();
CREATE OR REPLACE TEMP TABLE rule_upload AS
SELECT f.person_id, bool_or(CASE WHEN f.student THEN t.student_mail ELSE t.staff_mail END) AS mail,
  bool_or(CASE WHEN f.student THEN t.student_phone ELSE t.staff_phone END) AS phone,
  bool_or(CASE WHEN f.student THEN t.student_mobile ELSE t.staff_mobile END) AS mobile,
  bool_or(CASE WHEN f.student THEN t.student_address ELSE t.staff_address END) AS address,
  count(DISTINCT CASE WHEN t.student THEN t.learner_role ELSE t.teacher_role END) > 1
    AS roles_differ,
  count(DISTINCT coalesce(t.language, '')) > 1 AS languages_differ, count(*) AS template_count
FROM rule_person_fact f JOIN rule_person_template pt ON pt.person_id = f.person_id
JOIN rule_template t ON t.template_id = pt.template_id GROUP BY ALL;

-- The spelling that itslearning already has comes first: held, then live by key, then live by user
-- name where the person has no key, or one that itslearning made up, then what lies in its trash.
CREATE OR REPLACE TEMP TABLE rule_spelling AS
SELECT person, arg_min(key, (place, key)) AS key, arg_min(user_name, (place, key)) AS user_name
FROM (
  SELECT lower(key) AS person, key, user_name, 1 AS place FROM held_person
  UNION ALL SELECT lower(key), key, user_name, 2 FROM live_person WHERE key <> ''
  UNION ALL SELECT lower(user_name), user_name, user_name, 3 FROM live_person
  WHERE coalesce(key, '') = '' OR starts_with(key, made_up_prefix())
  UNION ALL SELECT lower(key), key, user_name, 4 FROM held_trash)
GROUP BY person;

CREATE OR REPLACE TEMP TABLE rule_wanted_person AS
SELECT p.person_id, coalesce(s.key, v.user_name) AS key,
  CASE WHEN lower(s.user_name) = p.person THEN s.user_name ELSE coalesce(s.key, v.user_name) END
    AS user_name, f.*  EXCLUDE (person_id), u.* EXCLUDE (person_id),
  v.* EXCLUDE (person_id, user_name) RENAME (phone AS phone_value, mobile AS mobile_value)
FROM rule_person_fact f JOIN rule_person p ON p.person_id = f.person_id
JOIN rule_person_value v ON v.person_id = f.person_id
JOIN rule_upload u ON u.person_id = f.person_id
LEFT JOIN rule_spelling s ON s.person = p.person
WHERE p.person NOT IN (FROM rule_untouchable)
  AND coalesce(s.key, v.user_name) NOT IN (FROM rule_untouchable_person);

INSERT INTO wanted_person BY NAME
SELECT key, user_name, left(first_name, name_limit()) AS first_name,
  left(last_name, name_limit()) AS last_name,
  CASE WHEN student THEN student_role() ELSE staff_role() END AS role,
  CASE WHEN mail THEN coalesce(work_mail, CASE WHEN NOT secret THEN private_mail END, '') END
    AS email,
  CASE WHEN phone THEN CASE WHEN secret THEN '' ELSE coalesce(phone_value, '') END END AS phone,
  CASE WHEN mobile THEN CASE WHEN secret THEN '' ELSE coalesce(mobile_value, '') END END AS mobile,
  CASE WHEN address THEN CASE WHEN secret THEN '' ELSE coalesce(street, '') END END AS street,
  CASE WHEN address THEN CASE WHEN secret THEN '' ELSE coalesce(postcode, '') END END AS postcode,
  CASE WHEN address THEN CASE WHEN secret THEN '' ELSE coalesce(town, '') END END AS city,
  administrative_id, coalesce(school, '') AS school
FROM rule_wanted_person;

-- Left as itslearning has them: who is never touched, and whom only problem rows stand for.
INSERT INTO wanted_person BY NAME
SELECT *, true AS kept FROM held_person
WHERE key IN (FROM rule_untouchable_person)
   OR (key IN (FROM rule_present_person) AND key NOT IN (SELECT key FROM rule_wanted_person));

INSERT INTO problem
SELECT 'name-cut', key, 1, 'names are cut to ' || name_limit() || ' characters'
FROM rule_wanted_person WHERE length(first_name) > name_limit() OR length(last_name) > name_limit()
ORDER BY key;
INSERT INTO problem
SELECT 'role-differs', key, template_count, 'templates of this person give different roles'
FROM rule_wanted_person WHERE roles_differ ORDER BY key;
INSERT INTO problem
SELECT 'language-differs', key, template_count, 'templates of this person give different languages'
FROM rule_wanted_person WHERE languages_differ ORDER BY key;

DROP VIEW rule_value;
DROP TABLE rule_extent;
DROP TABLE rule_person_value;
