-- Archived, empty since, deleted or forgotten (rules.md 2 and 14; readings.md 2, 10 and 29).
CREATE OR REPLACE TEMP TABLE rule_room_end AS
SELECT *, coalesce(held AND fate <> 'kept' AND NOT present
                   AND planned_day() - empty_since >= delete_days, false)
          AND ending IS NOT NULL AS leaves
FROM (
  SELECT n.*, s.delete_days, s.ending, p.key IS NOT NULL AS present,
    CASE WHEN n.inactive THEN coalesce(n.held_archived, planned_day()) END AS archived,
    CASE WHEN n.inactive AND l.room_no IS NULL
         THEN coalesce(n.held_empty_since, planned_day()) END AS empty_since
  FROM rule_room_now n LEFT JOIN rule_setting s ON s.setting_id = n.setting_id
  LEFT JOIN (SELECT DISTINCT room_no FROM rule_membership WHERE learner) l ON l.room_no = n.room_no
  LEFT JOIN rule_present_place p ON p.key = n.key);

INSERT INTO leaving_group
SELECT key, ending, CASE fate WHEN 'vanished' THEN 'its rows vanished, it counts as ended '
                              ELSE 'room ended ' END || end_on
  || ', empty since ' || empty_since || ', ' || delete_days || ' days passed'
  || CASE ending WHEN 'forget' THEN '; DeleteSites is Manual, itslearning keeps it' ELSE '' END
FROM rule_room_end WHERE leaves ORDER BY key;

-- The school-year guard asks when rooms start.
INSERT INTO room_start SELECT key, start_on FROM rule_room_end WHERE start_on IS NOT NULL;
