-- The settings and templates of the organization (rules.md 5 and 12; readings.md 24).
CREATE OR REPLACE TEMP TABLE rule_setting AS
SELECT ID AS setting_id, folded(Description) AS description,
  coalesce(CreateDaysBefore, default_create_days()) AS create_days,
  coalesce(StartPublishingDaysBefore, default_publish_days()) AS publish_days,
  coalesce(DeleteDaysAfterEnd, default_delete_days()) AS delete_days,
  publish_days >= create_days AS refused,
  coalesce(nullif(folded(TeacherRole), ''), default_teacher_role()) AS teacher_role,
  coalesce(nullif(folded(StudentRole), ''), default_learner_role()) AS learner_role,
  lower(folded(RemoveLearnerMethod)) = 'deletedinad' AS keeps_learners,
  CASE lower(folded(DeleteSites))
    WHEN 'auto' THEN 'delete' WHEN 'manual' THEN 'forget' END AS ending,
  nullif(folded(Language), '') AS language, nullif(folded(CourseCategory), '') AS category,
  coalesce(NodeStartIndex, 0) AS roll_start, coalesce(NodeLength, 0) AS roll_size,
  coalesce(NodeAddShortDescription, 0) <> 0 AS add_short,
  coalesce(MaintainTemplateGroups, 0) <> 0 AS maintains_groups,
  coalesce(StudentAddress, 0) <> 0 AS student_address,
  coalesce(StudentPhone, 0) <> 0 AS student_phone,
  coalesce(StudentMobilePhone, 0) <> 0 AS student_mobile,
  coalesce(StudentMail, 0) <> 0 AS student_mail,
  coalesce(EmployeeAddress, 0) <> 0 AS staff_address,
  coalesce(EmployeePhone, 0) <> 0 AS staff_phone,
  coalesce(EmployeeMobilePhone, 0) <> 0 AS staff_mobile,
  coalesce(EmployeeMail, 0) <> 0 AS staff_mail
FROM itslearning_setting WHERE OrganizationSettings_ID = organization();

CREATE OR REPLACE TEMP TABLE rule_template AS
SELECT t.ID AS template_id, folded(t.Name) AS name,
  coalesce(t.UserTypes_ID = student_type(), false) AS student,
  t.itslearningSiteSettings_ID AS site_id, t.itslearningCohortSettings_ID AS cohort_id, s.*
FROM template t JOIN rule_setting s ON s.setting_id = t.itslearningSettings_ID;

-- What asking the site found to be wrong with a template or its creator (rules.md 15).
CREATE OR REPLACE TEMP TABLE rule_refused AS
SELECT CASE WHEN lower(table_name) IN ('site_setting', 'itslearningsitesettings') THEN 'site'
            WHEN lower(table_name) IN ('cohort_setting', 'itslearningcohortsettings') THEN 'cohort'
            ELSE 'setting' END AS what, setting_id, min(reason) AS reason
FROM refused_setting GROUP BY ALL;

INSERT INTO problem
SELECT 'publish-days', 'setting ' || setting_id, 1, 'StartPublishingDaysBefore (' || publish_days
  || ') must be lower than CreateDaysBefore (' || create_days || '); the setting makes no room'
FROM rule_setting WHERE refused ORDER BY setting_id;

INSERT INTO problem
SELECT 'course-template', what || ' setting ' || setting_id, 1, reason
FROM rule_refused ORDER BY ALL;
