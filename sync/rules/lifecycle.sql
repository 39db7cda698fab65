-- Which rooms stand on the day, and how (rules.md 12, 14, 15; readings.md 1, 2, 10, 24, 25, 29).
--   made      valid rows make it
--   vanished  itslearning holds it and its rows are gone: ended the day before that was first seen
--   kept      only problem rows stand for it: it stays as it is
CREATE OR REPLACE TEMP TABLE rule_room_now AS
SELECT r.room_no, r.key, 'made' AS fate, h.key IS NOT NULL AS held, t.setting_id, r.start_on,
  r.end_on,
  coalesce(planned_day() > r.end_on, false) AS inactive, r.node_id, r.site_type,
  w.title, w.school, nullif(folded(s.Template), '') AS template_key,
  nullif(folded(s.CourseCreator), '') AS creator_key,
  h.archived AS held_archived, h.empty_since AS held_empty_since
FROM rule_room r JOIN rule_room_word w ON w.room_no = r.room_no
JOIN rule_template t ON t.template_id = r.template_id
LEFT JOIN site_setting s ON s.ID = t.site_id
LEFT JOIN held_group h ON h.key = r.key AND h.kind = 'course'
WHERE h.key IS NOT NULL
   OR (NOT coalesce(planned_day() > r.end_on, false) AND NOT r.refused
       AND coalesce(planned_day() >= r.start_on - t.create_days, true)
       AND NOT EXISTS (
         FROM rule_refused f WHERE (f.what = 'site' AND f.setting_id = t.site_id)
                                OR (f.what = 'setting' AND f.setting_id = t.setting_id)));

INSERT INTO rule_room_now BY NAME
SELECT (SELECT coalesce(max(room_no), 0) FROM rule_room) + row_number() OVER (ORDER BY key)
  AS room_no,
  key, CASE WHEN key IN (FROM rule_present_place) THEN 'kept' ELSE 'vanished' END AS fate,
  true AS held, setting_id, least(ended, planned_day() - 1) AS end_on,
  true AS inactive, node_id, site_type, title, school, archived AS held_archived,
  empty_since AS held_empty_since
FROM held_group
WHERE kind = 'course' AND key NOT IN (SELECT key FROM rule_room) AND key <> root_key();
