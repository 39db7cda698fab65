-- plan --live: what itslearning shows now takes the place of what was last sent; what is only
-- remembered is kept. Memberships that were made there by hand are not ours and stay out: drift
-- lists them, no plan deletes them.
UPDATE held_person SET user_name = l.user_name, first_name = l.first_name,
  last_name = l.last_name, role = l.role,
  email = CASE WHEN held_person.email IS NOT NULL THEN l.email END,
  phone = CASE WHEN held_person.phone IS NOT NULL THEN l.phone END,
  mobile = CASE WHEN held_person.mobile IS NOT NULL THEN l.mobile END,
  street = CASE WHEN held_person.street IS NOT NULL THEN l.street END,
  postcode = CASE WHEN held_person.postcode IS NOT NULL THEN l.postcode END,
  city = CASE WHEN held_person.city IS NOT NULL THEN l.city END
FROM live_person l WHERE lower(l.key) = lower(held_person.key);
DELETE FROM held_person WHERE lower(key) NOT IN (
  SELECT lower(key) FROM live_person WHERE key IS NOT NULL);
UPDATE held_group SET title = l.title, parent_key = coalesce(l.parent_key, ''), type = l.type
FROM live_group l WHERE l.key = held_group.key;
DELETE FROM held_group WHERE key NOT IN (SELECT key FROM live_group);
CREATE OR REPLACE TEMP TABLE live_held_membership AS
SELECT coalesce(h.person_key, l.person_key) AS person_key, l.group_key, l.role,
  coalesce(h.school, g.school, '') AS school
FROM live_membership l
JOIN held_group g ON g.key = l.group_key
LEFT JOIN held_membership h
  ON lower(h.person_key) = lower(l.person_key) AND h.group_key = l.group_key
WHERE h.person_key IS NOT NULL OR lower(l.key) = lower(l.person_key || '@' || l.group_key);
DELETE FROM held_membership;
INSERT INTO held_membership BY NAME SELECT * FROM live_held_membership;
