-- The inverse of the plan: what an undo would do about each change, and in words what it would not
-- bring back (itslearning-operations.md 5.4, 11.1; imses-protocol.md 4.1, 5.2, 5.3). It is sealed
-- with the plan, so it stands before anything is sent.
INSERT INTO inverse
SELECT seq,
  CASE WHEN op IN ('note', 'adopt') OR memory->>'$.parked' IS NOT NULL
         OR (op = 'rekey' AND memory->>'$.live_key' IS NOT NULL) THEN NULL
       -- It goes along when the person or the room that is new is deleted again.
       WHEN kind = 'membership' AND op = 'create' AND (
         person_key IN (SELECT key FROM change WHERE kind = 'person' AND op IN ('create', 'restore'))
         OR group_key IN (SELECT key FROM change WHERE kind = 'course' AND op = 'create')) THEN NULL
       WHEN op IN ('create', 'restore') THEN 'delete'
       WHEN op = 'delete' AND kind = 'person' THEN 'restore'
       WHEN op IN ('delete', 'forget') THEN 'create'
       WHEN op = 'move' AND before->>'$.parent' = $archive THEN 'archive'
       WHEN op = 'archive' THEN 'move'
       ELSE op END,
  CASE
    WHEN kind = 'person' AND op = 'adopt' THEN
      'keeps the key that the run gave: a person cannot be made key-less again'
    WHEN memory->>'$.parked' IS NOT NULL OR (op = 'rekey' AND memory->>'$.live_key' IS NOT NULL) THEN
      'a key that went to another account is not taken back by a run: change it by hand in '
      || 'itslearning, or resolve the duplicate the other way round'
    WHEN kind = 'person' AND op = 'delete' THEN
      'comes back from itslearning''s trash; once that was emptied, a new account is made and the '
      || 'old work is lost'
    WHEN op = 'delete' AND before->>'$.type' = 'Course' THEN
      'the course is detached and lives on by itself: a new course is made, what was in the old one '
      || 'stays there'
    WHEN op = 'delete' AND kind IN ('node', 'group') THEN
      'is made again; what was put into it by hand at itslearning is not'
    WHEN op = 'create' AND after->>'$.type' = 'Course' THEN
      'the course itself stays at itslearning, detached: no call deletes courses, remove or archive '
      || 'it there by hand'
    WHEN kind = 'event' AND op = 'delete' THEN
      'is made again; what was added to it by hand at itslearning is not'
    ELSE '' END
FROM change;

-- Memberships that go along with a deleted person, room or group are no changes of their own.
INSERT INTO goes_along
SELECT c.seq, h.person_key, h.group_key, h.role
FROM held_membership h JOIN change c
  ON (c.kind = 'person' AND c.op = 'delete' AND c.key = h.person_key)
WHERE NOT EXISTS (FROM change m WHERE m.kind = 'membership' AND m.person_key = h.person_key
                                  AND m.group_key = h.group_key);
INSERT INTO goes_along
SELECT c.seq, h.person_key, h.group_key, h.role
FROM held_membership h JOIN change c
  ON (c.kind IN ('group', 'course', 'node') AND c.op IN ('delete', 'forget') AND c.key = h.group_key)
WHERE NOT EXISTS (FROM change m WHERE m.kind = 'membership' AND m.person_key = h.person_key
                                  AND m.group_key = h.group_key)
  AND NOT EXISTS (FROM goes_along g WHERE g.person_key = h.person_key
                                      AND g.group_key = h.group_key);
