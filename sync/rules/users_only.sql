-- Users only: persons alone, everything else stays as it is held (rules.md 24; readings.md 38).
INSERT INTO wanted_group BY NAME SELECT *, true AS kept FROM held_group;
INSERT INTO wanted_membership BY NAME
SELECT *, true AS kept FROM held_membership
WHERE person_key IN (SELECT key FROM wanted_person)
   OR person_key NOT IN (SELECT key FROM held_person);
INSERT INTO wanted_event FROM held_event;
