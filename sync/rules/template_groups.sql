-- Template groups (rules.md 20; readings.md 35).
CREATE OR REPLACE TEMP TABLE rule_template_group AS
SELECT template_id, template_group_prefix() || template_id AS key, name AS title, setting_id,
  create_days, CASE WHEN student THEN learner_role ELSE teacher_role END AS member_role
FROM rule_template WHERE maintains_groups;

CREATE OR REPLACE TEMP TABLE rule_template_group_hit AS
SELECT t.template_id AS place_no, r.person_id, false AS teacher, nullif(r.school, '') AS school
FROM (SELECT person_id, start_on, school, unnest(templates) AS template_id
      FROM rule_row WHERE unended) r
JOIN rule_template_group t ON t.template_id = r.template_id
WHERE r.start_on IS NULL OR r.start_on - t.create_days <= planned_day();
