-- Who is in what, with which role (rules.md 2, 8, 13, 20 and 21; readings.md 5, 10, 12 and 36).
-- Several rows may bring a person: teacher goes before learner, the school is that of most rows.
CREATE OR REPLACE TEMP MACRO members_of(hits) AS TABLE
  SELECT place_no, person_id, bool_or(teacher) AS teacher, commonest(school, times) AS school
  FROM (SELECT place_no, person_id, school, bool_or(teacher) AS teacher, count(*) AS times
        FROM query_table(hits) GROUP BY ALL)
  GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE rule_membership AS
SELECT p.key AS person_key, m.group_key, m.role, coalesce(m.school, '') AS school, m.room_no,
  m.learner, false AS kept
FROM (
  SELECT h.person_id, n.key AS group_key, n.room_no, NOT h.teacher AS learner, h.school,
    CASE WHEN h.teacher THEN s.teacher_role ELSE s.learner_role END AS role
  FROM members_of('rule_room_hit') h JOIN rule_room_now n ON n.room_no = h.place_no
  JOIN rule_setting s ON s.setting_id = n.setting_id
  UNION ALL
  SELECT h.person_id, g.key, NULL, NOT h.teacher, h.school,
    CASE WHEN h.teacher THEN g.teacher_role ELSE g.learner_role END
  FROM members_of('rule_group_hit') h JOIN rule_group_now g ON g.group_no = h.place_no
  UNION ALL
  SELECT h.person_id, t.key, NULL, false, h.school, t.member_role
  FROM members_of('rule_template_group_hit') h
  JOIN rule_template_group t ON t.template_id = h.place_no) m
JOIN rule_wanted_person p ON p.person_id = m.person_id;
DROP TABLE rule_room_hit;
DROP TABLE rule_group_hit;

INSERT INTO problem
SELECT 'key-too-long', person_key || membership_mark() || group_key, 1,
  'a membership key may have ' || membership_key_limit() || ' characters'
FROM rule_membership
WHERE length(person_key) + length(group_key) + length(membership_mark()) > membership_key_limit()
ORDER BY ALL;
DELETE FROM rule_membership
WHERE length(person_key) + length(group_key) + length(membership_mark()) > membership_key_limit();

-- Memberships that are left as they are: of persons that problem rows stand for, of persons that
-- are never touched, and of the site root.
INSERT INTO rule_membership
SELECT h.person_key, h.group_key, h.role, h.school, n.room_no,
  NOT coalesce(h.role = s.teacher_role AND s.teacher_role <> s.learner_role, false), true
FROM held_membership h LEFT JOIN rule_room_now n ON n.key = h.group_key
LEFT JOIN rule_setting s ON s.setting_id = n.setting_id
WHERE (h.person_key IN (FROM rule_present_person) OR h.person_key IN (FROM rule_untouchable_person)
       OR h.group_key = root_key())
  AND NOT EXISTS (FROM rule_membership m
                  WHERE m.person_key = h.person_key AND m.group_key = h.group_key);
