-- Drift: what itslearning shows of the things that are held stands in for wanted. Contact fields
-- that were never sent are not ours to judge; memberships of others in our groups are drift too.
INSERT INTO wanted_person BY NAME
SELECT h.key, l.user_name, l.first_name, l.last_name, l.role,
  CASE WHEN h.email IS NOT NULL THEN l.email END AS email,
  CASE WHEN h.phone IS NOT NULL THEN l.phone END AS phone,
  CASE WHEN h.mobile IS NOT NULL THEN l.mobile END AS mobile,
  CASE WHEN h.street IS NOT NULL THEN l.street END AS street,
  CASE WHEN h.postcode IS NOT NULL THEN l.postcode END AS postcode,
  CASE WHEN h.city IS NOT NULL THEN l.city END AS city, h.administrative_id, h.school
FROM held_person h JOIN live_person l ON lower(l.key) = lower(h.key);
INSERT INTO wanted_group BY NAME
SELECT h.* REPLACE (l.title AS title, coalesce(l.parent_key, '') AS parent_key, l.type AS type)
FROM held_group h JOIN live_group l ON l.key = h.key;
INSERT INTO wanted_membership BY NAME
SELECT coalesce(h.person_key, l.person_key) AS person_key, l.group_key, l.role,
  coalesce(h.school, g.school, '') AS school
FROM live_membership l
JOIN held_group g ON g.key = l.group_key
LEFT JOIN held_membership h
  ON lower(h.person_key) = lower(l.person_key) AND h.group_key = l.group_key;
INSERT INTO wanted_event BY NAME SELECT * FROM held_event;
DELETE FROM live_person;
