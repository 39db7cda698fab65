-- What UMS remembers to have created, as what is held: the way on where run files are lost. What
-- memory does not know stays NULL, which means: never sent (workspace.sql); a reading of
-- itslearning itself is laid over it (plan --live).
INSERT INTO held_person BY NAME
SELECT coalesce(key, user_name) AS key, user_name, first_name, last_name,
  CASE place WHEN 'itslearning_Learners' THEN 'Student' ELSE 'Staff' END AS role, email
FROM memory_row
WHERE place IN ('itslearning_Learners', 'itslearning_Teachers') AND coalesce(key, user_name) <> ''
QUALIFY row_number() OVER (PARTITION BY lower(coalesce(key, user_name)) ORDER BY place, row_id) = 1;

INSERT INTO held_group BY NAME
SELECT CASE place WHEN 'itslearning_Sites' THEN 'course'
                  WHEN 'itslearning_Groups' THEN 'group'
                  WHEN 'itslearningTemplateGroups' THEN 'group' ELSE 'node' END AS kind,
  coalesce(key, 'UMSTemplate_' || ums_template_id) AS key, title, parent_key,
  CASE place WHEN 'itslearning_Sites' THEN 'Course' ELSE 'Unspecified' END AS type,
  CASE WHEN place IN ('itslearning_Sites', 'itslearning_Groups') THEN node_id END AS node_id,
  CASE place WHEN 'itslearning_Sites' THEN site_type END AS site_type,
  CASE place WHEN 'itslearningTemplateGroups' THEN ums_template_id END AS ums_template_id,
  archived::DATE AS archived, empty_since::DATE AS empty_since
FROM memory_row
WHERE place NOT IN ('itslearning_Learners', 'itslearning_Teachers')
  AND coalesce(key, 'UMSTemplate_' || ums_template_id) IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY coalesce(key, 'UMSTemplate_' || ums_template_id)
                           ORDER BY place, row_id) = 1;
INSERT INTO held_group BY NAME
SELECT 'node' AS kind, r.key, r.key AS title, o.SourceOrganization AS parent_key,
  'Unspecified' AS type
FROM memory_root r JOIN memory_flag f ON f.name = r.flag AND f.value
CROSS JOIN organization_setting o
WHERE r.key NOT IN (SELECT key FROM held_group) AND o.ID = $organization;
