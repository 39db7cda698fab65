-- What keys, user names and identifiers say, without any likeness of names.
CREATE OR REPLACE TEMP TABLE stated AS
-- The user name that UMS wants is another account's.
SELECT s.id AS left_id, w.id AS right_id, 'user-name' AS fact
FROM account w JOIN account s ON lower(s.user_name) = lower(w.wanted_user_name) AND s.id <> w.id
WHERE w.wanted AND s.place = 'itslearning' AND s.fold IS DISTINCT FROM w.fold
UNION ALL
-- One key in two spellings.
SELECT a.id, b.id, 'key-spelling' FROM account a JOIN account b ON b.fold = a.fold AND a.id < b.id
WHERE a.place = 'itslearning' AND b.place = 'itslearning' AND NOT a.by_hand
UNION ALL
-- One key with something put before it, on two people of one name.
SELECT a.id, b.id, 'key-prefix'
FROM (SELECT *, regexp_extract(fold, '^[^\d]+[-_.:/](.{3,})$', 1) AS rest FROM account) a
JOIN account b ON b.fold = a.rest
WHERE a.rest <> '' AND a.place = 'itslearning' AND b.place IN ('itslearning', 'ums')
  AND NOT (a.wanted AND b.wanted)
  AND a.given_name = b.given_name AND a.family_name = b.family_name
UNION ALL
-- The key that UMS wants lies in the trash.
SELECT t.id, w.id, 'trash-key' FROM account t JOIN account w ON w.fold = t.fold
WHERE t.place = 'trash' AND w.place = 'ums'
UNION ALL
-- One identifier on two user names of the same kind; shared by more than three it is a filler.
SELECT a.id, b.id, 'identifier:' || a.name
FROM identifier a JOIN identifier b ON b.name = a.name AND b.value = a.value AND a.id <> b.id
WHERE a.part IS NOT DISTINCT FROM b.part AND (NOT a.wanted OR (b.wanted AND a.id < b.id))
  AND a.value IN (SELECT value FROM identifier GROUP BY name, value HAVING count(*) BETWEEN 2 AND 3)
UNION ALL
-- Two persons of UMS with one birth date and one name, or, in one class, a name left out or
-- misspelled. Twins have one family name, so nothing but the first given name tells them apart.
SELECT a.id, b.id, 'birth-and-name'
FROM (
  SELECT a, b FROM record a JOIN record b ON b.birth = a.birth AND b.whole = a.whole
  UNION ALL
  SELECT a, b FROM record a JOIN record b
    ON b.birth = a.birth AND b.class = a.class AND b.given_first = a.given_first
  WHERE (list_has_all(a.givens, b.givens) OR list_has_all(b.givens, a.givens))
    AND (list_has_any(a.families, b.families)
         OR jaro_winkler_similarity(a.family_last, b.family_last) >= 0.92
         OR (length(a.family_last) > 3 AND damerau_levenshtein(a.family_last, b.family_last) <= 1)))
WHERE a.id < b.id AND a.wanted AND b.wanted AND a.part IS NOT DISTINCT FROM b.part
  AND a.student IS NOT DISTINCT FROM b.student AND coalesce(a.school = b.school, true)
UNION ALL
-- One user name that Students gives to two names.
SELECT min(id) OVER (PARTITION BY fold), id, 'two-names' FROM account
WHERE place = 'source' QUALIFY row_number() OVER (PARTITION BY fold ORDER BY id) > 1;
