-- Who there is: every account at itslearning, every person that the next run would make, and what
-- is known of the trash, one row each with what it can be told by.
-- $live: the persons were read at the site; else held stands in. $behind: runs have written since
-- that reading, so held mends it.
CREATE OR REPLACE TEMP TABLE untouched AS SELECT lower('UMSTimetableUser') AS user_name;
CREATE OR REPLACE TEMP TABLE wanted_now AS
SELECT key_fold(key) AS fold, * FROM wanted_person WHERE NOT kept;
CREATE OR REPLACE TEMP TABLE held_now AS SELECT key_fold(key) AS fold, * FROM held_person;

-- What the rows of Students say of each person, whatever their dates; a class is where most rows are.
CREATE OR REPLACE TEMP TABLE source_person AS
SELECT key_fold(StudieNr) AS person, bool_or(coalesce(SecretAddress, 0) <> 0) AS secret,
  bool_and(coalesce(UserTypes_ID = 1, false)) AS student,
  list_distinct(list_concat(list(lower(trim(WorkMail))), list(lower(trim(PrivateMail))))) AS mails,
  mode(nullif(trim(Aktivitet), '')) AS class, mode(nullif(trim(UniLogin), '')) AS uni_login,
  mode(nullif(trim(SLI_ID), '')) AS sli_id,
  mode(nullif(trim(UMS_IDFromAdministrativeSystem), '')) AS administrative_id
FROM student WHERE coalesce(trim(StudieNr), '') <> '' GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE held_class AS
SELECT key_fold(m.person_key) AS fold, mode(g.node_id) AS class, count(*) AS rooms
FROM held_membership m JOIN held_group g ON g.key = m.group_key
WHERE g.node_id IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE site_account AS
SELECT trim(key) AS key, key_fold(own_key(trim(key))) AS fold, user_name, first_name, last_name, role,
  email, school, nick
FROM (
  SELECT l.key, l.user_name, l.first_name, l.last_name, l.role, l.email, h.school, l.nick
  FROM live_person l LEFT JOIN held_now h ON h.fold = key_fold(own_key(l.key))
  WHERE $live AND NOT ($behind AND (
    key_fold(own_key(l.key)) IN (SELECT key_fold(key) FROM held_trash)
    OR (own_key(l.key) IS NULL AND lower(l.user_name) IN (SELECT lower(user_name) FROM held_now))))
  UNION ALL
  SELECT h.key, h.user_name, h.first_name, h.last_name, h.role, h.email, h.school, NULL
  FROM held_now h
  WHERE NOT $live OR ($behind AND h.fold NOT IN (
    SELECT key_fold(key) FROM live_person WHERE own_key(key) IS NOT NULL)))
WHERE lower(coalesce(user_name, '')) NOT IN (FROM untouched)
  AND lower(coalesce(key, '')) NOT IN (FROM untouched);

-- Of two keys that differ in capitals or blanks alone, UMS wants the one that it spells so itself:
-- what UMS and held tell of the key is told of that account, and of the other one nothing is.
CREATE OR REPLACE TEMP TABLE spelled_key AS
SELECT w.fold, w.key FROM wanted_now w JOIN site_account a ON a.key = w.key;

CREATE OR REPLACE TEMP TABLE trash_account AS
SELECT * FROM held_trash WHERE key_fold(key) NOT IN (
  SELECT fold FROM site_account WHERE fold IS NOT NULL)
UNION ALL BY NAME
SELECT w.key, w.user_name, '' AS first_name, '' AS last_name FROM wanted_now w
WHERE w.fold IN (SELECT key_fold(key) FROM refused_by_trash)
  AND w.fold NOT IN (SELECT key_fold(key) FROM held_trash)
  AND w.fold NOT IN (SELECT fold FROM site_account WHERE fold IS NOT NULL);

-- One user name that Students gives to two names: it makes or changes nobody (rules.md 3).
CREATE OR REPLACE TEMP TABLE source_conflict AS
SELECT min(trim(StudieNr)) AS key, trim(Fornavne) AS first_name, trim(Efternavn) AS last_name,
  mode(trim(Skolekode)) AS school
FROM student
WHERE key_fold(StudieNr) IN (SELECT key_fold(key) FROM problem WHERE reason = 'name-conflict')
  AND trim(Fornavne) <> '' AND trim(Efternavn) <> ''
GROUP BY key_fold(StudieNr), 2, 3;

-- A name that two protected persons share is an alias and tells nothing (ums.md 6.3).
CREATE OR REPLACE TEMP TABLE alias AS
SELECT plain(first_name) AS given, plain(last_name) AS family
FROM wanted_now w JOIN source_person s ON s.person = w.fold WHERE s.secret
GROUP BY ALL HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE account AS
SELECT row_number() OVER (ORDER BY place, key, user_name, last_name, first_name)::BIGINT AS id, *,
  CASE WHEN place = 'trash' THEN 't:' || key_fold(key) WHEN by_hand THEN 'u:' || lower(user_name)
       WHEN place = 'itslearning' AND NOT wanted AND fold IN (SELECT fold FROM spelled_key)
         THEN 'k:' || key
       WHEN place = 'source' THEN 's:' || lower(key) || ' ' || first_name || ' ' || last_name
       ELSE 'k:' || lower(key) END AS identity,
  CASE WHEN lower(role) LIKE '%administrator%' THEN 'administrator'
       WHEN lower(role) IN ('student', 'pupil', 'learner') THEN 'student'
       WHEN lower(role) IN ('staff', 'faculty', 'instructor', 'employee', 'teacher') THEN 'staff'
       WHEN lower(coalesce(role, '')) IN ('', 'guest', 'none') THEN NULL ELSE lower(role) END AS part,
  plain(first_name) AS given_name, plain(last_name) AS family_name
FROM (
  SELECT 'itslearning' AS place, coalesce(a.key, '') AS key, a.user_name, a.first_name, a.last_name,
    a.role, coalesce(a.email, '') AS email,
    coalesce(w.school, CASE WHEN a.told IS NOT NULL THEN a.school END, '') AS school,
    a.fold IS NULL AS by_hand,
    w.fold IS NOT NULL AS wanted,
    h.fold IS NOT NULL AS held, w.user_name AS wanted_user_name,
    coalesce(w.administrative_id, h.administrative_id, s.administrative_id) AS administrative_id,
    coalesce(c.rooms, 0) AS rooms, a.fold, a.told, a.nick
  FROM (
    SELECT l.*, CASE WHEN coalesce(l.key = k.key, true) THEN l.fold END AS told
    FROM site_account l LEFT JOIN spelled_key k ON k.fold = l.fold) a
  LEFT JOIN wanted_now w ON w.fold = a.told
  LEFT JOIN held_now h ON h.fold = a.told
  LEFT JOIN source_person s ON s.person = a.told
  LEFT JOIN held_class c ON c.fold = a.told
  UNION ALL
  SELECT 'ums', key, user_name, first_name, last_name, role, coalesce(email, ''),
    coalesce(school, ''), false, true, false, user_name, administrative_id, 0, fold, fold, NULL
  FROM wanted_now WHERE fold NOT IN (
    SELECT fold FROM site_account WHERE fold IS NOT NULL)
  UNION ALL
  SELECT 'trash', key, user_name, first_name, last_name, '', '', '', false, false, false, NULL, NULL,
    0, key_fold(key), NULL, NULL
  FROM trash_account
  UNION ALL
  SELECT 'source', key, key, first_name, last_name, '', '', coalesce(school, ''), false, false,
    false, NULL, NULL, 0, key_fold(key), NULL, NULL
  FROM source_conflict);

-- What is compared. A protected person's name is left out, and so is an alias wherever it stands.
CREATE OR REPLACE TEMP TABLE record AS
SELECT *, string_split(given, ' ') AS givens, string_split(family, ' ') AS families,
  list_concat(givens, families) AS tokens,
  split_part(given, ' ', 1) AS given_first, families[-1] AS family_last,
  list_aggregate(list_sort(tokens), 'string_agg', ' ') AS whole,
  list_distinct(list_transform(list_filter(mails, lambda m: m <> ''), lambda m: mailbox(m)))
    AS mailboxes
FROM (
  SELECT a.id, a.place, a.by_hand, a.wanted, a.part, a.fold,
    a.by_hand OR (a.place = 'itslearning' AND NOT a.wanted) AS loose,
    CASE WHEN a.secret OR x.given IS NOT NULL OR a.given_name = '' THEN NULL ELSE a.given_name END
      AS given,
    CASE WHEN a.secret OR x.given IS NOT NULL OR a.family_name = '' THEN NULL ELSE a.family_name END
      AS family,
    CASE WHEN NOT a.secret AND x.given IS NULL THEN nullif(plain(a.nick), '') END AS nick,
    lower(a.user_name) AS user_name,
    nullif(regexp_replace(replace(plain(a.user_name), ' ', ''), '\d+$', ''), '') AS user_stem,
    list_distinct(list_filter(list_concat([lower(trim(a.email))], coalesce(s.mails, [])),
      lambda m: contains(m, '@'))) AS mails,
    nullif(a.school, '') AS school, coalesce(s.class, c.class) AS class,
    coalesce(b.birth, o.birth) AS birth,
    a.secret, s.student, s.uni_login, s.sli_id, a.administrative_id,
    a.identity, a.place = 'trash' AS trashed
  FROM (SELECT *, coalesce(fold IN (SELECT person FROM source_person WHERE secret), false) AS secret
        FROM account WHERE part IS DISTINCT FROM 'administrator' AND place <> 'source') a
  LEFT JOIN source_person s ON s.person = a.told
  LEFT JOIN held_class c ON c.fold = a.told
  LEFT JOIN birth b ON b.person = a.told
  LEFT JOIN (SELECT user_name, min(birth) AS birth FROM live_birth GROUP BY ALL) o
    ON o.user_name = key_fold(a.user_name) AND a.place = 'itslearning'
  LEFT JOIN alias x ON x.given = a.given_name AND x.family = a.family_name);

-- A million persons share some ten thousand first and last words of their names.
CREATE OR REPLACE TEMP TABLE sound AS
SELECT word, skeleton(word) AS sound
FROM (SELECT given_first AS word FROM record UNION SELECT family_last FROM record);

-- Identifiers that stay with a person when the user name changes (ums.md 7.1).
CREATE OR REPLACE TEMP TABLE identifier AS
UNPIVOT (SELECT id, part, wanted, lower(uni_login) AS "UNI-Login", lower(sli_id) AS "SLI",
           lower(administrative_id) AS "administrative id" FROM record WHERE NOT trashed)
ON "UNI-Login", "SLI", "administrative id" INTO NAME name VALUE value;
