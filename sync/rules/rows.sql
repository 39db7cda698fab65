-- Which rows are valid, what each row says, which templates it belongs to
-- (rules.md 1, 3, 4, 5, 6 and 9; readings.md 7, 8, 9, 11, 13 and 18).
-- Criteria look at the values as they stand in the database, everything else at folded ones.
CREATE OR REPLACE TEMP TABLE rule_text AS
SELECT * EXCLUDE (start_text, end_text, activity_start_text, activity_end_text),
  lower(user_name) AS person,
  [CASE WHEN length(user_name) NOT BETWEEN 1 AND user_name_limit() THEN 'user-name' END,
   CASE WHEN first_name = '' OR last_name = '' THEN 'name' END,
   CASE WHEN (start_text <> '' AND start_on IS NULL) OR (end_text <> '' AND end_on IS NULL)
          OR (activity_start_text <> '' AND activity_start IS NULL)
          OR (activity_end_text <> '' AND activity_end IS NULL) THEN 'date' END,
   CASE WHEN end_on < start_on OR activity_end < activity_start THEN 'ends-before-start' END,
   CASE WHEN (activity = '') <> (activity_name = '') THEN 'activity' END] AS faults,
  len(list_filter(faults, lambda fault: fault IS NOT NULL)) = 0 AS sound,
  start_on IS NULL OR start_on - create_days <= planned_day() AS begun,
  end_on IS NULL OR end_on >= planned_day() AS unended,
  len(templates) > 0 AND begun AND unended AS counts
FROM (
  SELECT *, real_date(start_text) AS start_on, real_date(end_text) AS end_on,
    real_date(activity_start_text) AS activity_start, real_date(activity_end_text) AS activity_end
  FROM (
    SELECT row_number, coalesce(UserTypes_ID = student_type(), false) AS student,
      folded(StudieNr) AS user_name, folded(UMS_IDFromAdministrativeSystem) AS administrative_id,
      folded(Fornavne) AS first_name, folded(Efternavn) AS last_name,
      coalesce(SecretAddress, 0) <> 0 AS secret,
      folded(WorkMail) AS work_mail, folded(PrivateMail) AS private_mail,
      folded(PhoneNumber) AS phone, folded(MobilePhone) AS mobile,
      folded(Adresse) AS street, folded(PostNummer) AS postcode, folded(City) AS town,
      folded(StartDato) AS start_text, folded(SlutDato) AS end_text,
      folded(Aktiviteter_StartDato) AS activity_start_text,
      folded(Aktiviteter_SlutDato) AS activity_end_text,
      folded(AktivitetsID) AS activity, folded(Aktivitet) AS activity_name,
      folded(Kort_Betegnelse) AS short_name, folded(ActivityDisplayName) AS display,
      folded(Skolefag) AS course, folded(Skolekode) AS school,
      ${templates} AS templates, ${create_days} AS create_days,
      ${activity_templates} AS activity_templates, ${course_templates} AS course_templates,
      ${group_row} AS group_row, ${teacher_settings} AS teacher_settings,
      ${group_places} AS group_places, ${course_places} AS course_places,
      ${course_names} AS course_names
    FROM (SELECT *, ${criteria} FROM student)));

-- One StudieNr, two names: every row of it is a problem.
CREATE OR REPLACE TEMP TABLE rule_conflict AS
SELECT person FROM rule_text WHERE sound GROUP BY person
HAVING min(first_name) <> max(first_name) OR min(last_name) <> max(last_name);

CREATE OR REPLACE TEMP TABLE rule_broken AS
SELECT row_number, person, user_name, administrative_id, activity, activity_name, short_name, faults,
  person IN (FROM rule_conflict) AS conflict
FROM rule_text WHERE NOT sound OR person IN (FROM rule_conflict);

INSERT INTO problem
SELECT reason, min(key), count(*), min(CASE reason
    WHEN 'user-name' THEN 'StudieNr is empty or longer than ' || user_name_limit() || ' characters'
    WHEN 'name' THEN 'Fornavne or Efternavn is empty'
    WHEN 'date' THEN 'a date is not a real dd-mm-yyyy date'
    WHEN 'ends-before-start' THEN 'a period ends before it starts'
    WHEN 'activity' THEN 'AktivitetsID and Aktivitet must both be given'
    ELSE 'rows of one StudieNr give different names' END)
FROM (
  SELECT unnest(CASE WHEN conflict THEN list_append(faults, 'name-conflict') ELSE faults END)
    AS reason,
    coalesce(nullif(user_name, ''), nullif(administrative_id, ''), 'row ' || row_number) AS key
  FROM rule_broken)
WHERE reason IS NOT NULL
GROUP BY reason, lower(key) ORDER BY reason, lower(key);

-- Whom sound rows name, whether a template takes them or not.
CREATE OR REPLACE TEMP TABLE rule_named_person AS SELECT DISTINCT person FROM rule_text WHERE sound;

-- Numbers in place of texts, for what is joined by the million.
CREATE OR REPLACE TEMP TABLE rule_person AS
SELECT person, row_number() OVER () AS person_id
FROM (SELECT DISTINCT person FROM rule_text
      WHERE sound AND len(templates) > 0 AND person NOT IN (FROM rule_conflict));
CREATE OR REPLACE TEMP TABLE rule_activity_number AS
SELECT activity, row_number() OVER () AS activity_no
FROM (SELECT DISTINCT activity FROM rule_text WHERE activity <> '');

-- The valid rows of the organization's templates.
CREATE OR REPLACE TEMP TABLE rule_row AS
SELECT t.row_number, p.person_id, a.activity_no, t.course, t.student, t.school, t.templates,
  t.start_on, t.end_on, t.create_days, t.group_row, t.teacher_settings,
  t.begun, t.unended, t.counts,
  t.unended AND (t.start_on IS NULL OR t.start_on <= planned_day()) AS active
FROM rule_text t
JOIN rule_person p ON p.person = t.person
LEFT JOIN rule_activity_number a ON a.activity = t.activity
WHERE t.sound AND len(t.templates) > 0;
