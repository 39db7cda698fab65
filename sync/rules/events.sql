-- Timetable blocks as events of the rooms that itslearning should hold (imses-protocol.md 8).
-- A block with a course belongs to the course room, else to the activity room. Times are local in
-- the database, UTC on the wire.
CREATE OR REPLACE TEMP TABLE rule_block AS
SELECT folded(BlockKey) AS key, folded(AktivitetsID) AS activity, folded(Skolefag) AS course,
  StartsAt, EndsAt, folded(Title) AS title, folded(Room) AS room
FROM timetable_block WHERE folded(BlockKey) <> '' AND StartsAt IS NOT NULL AND EndsAt IS NOT NULL
QUALIFY row_number() OVER (
  PARTITION BY folded(BlockKey) ORDER BY StartsAt, EndsAt, AktivitetsID, Skolefag, Title, Room) = 1;

INSERT INTO problem
SELECT 'ends-before-start', key, 1, 'a timetable block does not end after it starts'
FROM rule_block WHERE EndsAt <= StartsAt AND timetable_on() ORDER BY key;

INSERT INTO wanted_event
SELECT b.key, timezone('UTC', timezone(local_zone(), b.StartsAt)),
  timezone('UTC', timezone(local_zone(), b.EndsAt)),
  left(coalesce(nullif(b.title, ''), nullif(b.course, ''), g.title), event_title_limit()),
  b.room, g.key, g.school
FROM rule_block b
LEFT JOIN (SELECT p.activity, p.course, p.key FROM rule_room_part p
           JOIN wanted_group w ON w.key = p.key WHERE p.site_type = 'Course') c
  ON c.activity = b.activity AND c.course = b.course
LEFT JOIN (SELECT p.activity, p.key FROM rule_room_part p
           JOIN wanted_group w ON w.key = p.key WHERE p.site_type = 'Activity') a
  ON a.activity = b.activity
JOIN wanted_group g ON g.key = coalesce(c.key, a.key)
WHERE timetable_on() AND b.EndsAt > b.StartsAt;

-- Left as they are: everything while no client id is set, and what belongs to a room that is left.
INSERT INTO wanted_event
FROM held_event
WHERE key NOT IN (SELECT key FROM wanted_event)
  AND (NOT timetable_on() OR course_key IN (SELECT key FROM wanted_group WHERE kept)
       OR key IN (SELECT key FROM rule_block WHERE EndsAt <= StartsAt));
