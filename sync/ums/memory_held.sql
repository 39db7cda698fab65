-- What UMS remembers to have created, as what is held: the way on where run files are lost, where
-- nothing was ever held here, or where another program wrote to memory. What is held already stays.
-- A reading of itslearning itself is laid over it (plan --live): contact fields are empty, not
-- NULL, so that what itslearning shows takes their place and is not sent once more.
INSERT INTO held_person BY NAME
SELECT coalesce(key, user_name) AS key, user_name, first_name, last_name,
  CASE place WHEN 'itslearning_Learners' THEN 'Student' ELSE 'Staff' END AS role,
  coalesce(email, '') AS email, '' AS phone, '' AS mobile, '' AS street, '' AS postcode, '' AS city
FROM memory_row
WHERE place IN ('itslearning_Learners', 'itslearning_Teachers') AND coalesce(key, user_name) <> ''
  AND lower(coalesce(key, user_name)) NOT IN (SELECT lower(key) FROM held_person)
QUALIFY row_number() OVER (PARTITION BY lower(coalesce(key, user_name)) ORDER BY place, row_id) = 1;

-- Memory does not say which setting made a room: where the organization has one, it was that.
INSERT INTO held_group BY NAME
SELECT CASE place WHEN 'itslearning_Sites' THEN 'course'
                  WHEN 'itslearning_Groups' THEN 'group'
                  WHEN 'itslearningTemplateGroups' THEN 'group' ELSE 'node' END AS kind,
  coalesce(key, 'UMSTemplate_' || ums_template_id) AS key, title, parent_key,
  CASE place WHEN 'itslearning_Sites' THEN 'Course' ELSE 'Unspecified' END AS type,
  CASE WHEN place IN ('itslearning_Sites', 'itslearning_Groups') THEN node_id END AS node_id,
  CASE place WHEN 'itslearning_Sites' THEN site_type END AS site_type,
  CASE place WHEN 'itslearning_Sites' THEN (
    SELECT CASE count(*) WHEN 1 THEN min(ID) END FROM itslearning_setting
    WHERE OrganizationSettings_ID = $organization) END AS setting_id,
  CASE place WHEN 'itslearningTemplateGroups' THEN ums_template_id END AS ums_template_id,
  archived::DATE AS archived, empty_since::DATE AS empty_since
FROM memory_row
WHERE place NOT IN ('itslearning_Learners', 'itslearning_Teachers')
  AND coalesce(key, 'UMSTemplate_' || ums_template_id) IS NOT NULL
  AND coalesce(key, 'UMSTemplate_' || ums_template_id) NOT IN (SELECT key FROM held_group)
QUALIFY row_number() OVER (PARTITION BY coalesce(key, 'UMSTemplate_' || ums_template_id)
                           ORDER BY place, row_id) = 1;
INSERT INTO held_group BY NAME
SELECT 'node' AS kind, r.key, r.key AS title, o.SourceOrganization AS parent_key,
  'Unspecified' AS type, 0 AS depth
FROM memory_root r JOIN memory_flag f ON f.name = r.flag AND f.value
CROSS JOIN organization_setting o
WHERE r.key NOT IN (SELECT key FROM held_group) AND o.ID = $organization;

-- Children are deleted before their parents: how deep they stand follows from the parents.
CREATE OR REPLACE TEMP TABLE memory_depth AS
WITH RECURSIVE below AS (
  SELECT key, 0 AS depth FROM held_group
  WHERE parent_key IS NULL OR parent_key NOT IN (SELECT key FROM held_group)
  UNION ALL
  SELECT h.key, b.depth + 1 FROM held_group h JOIN below b ON h.parent_key = b.key
  WHERE b.depth < 50)
SELECT key, min(depth) AS depth FROM below GROUP BY key;
UPDATE held_group SET depth = d.depth FROM memory_depth d
WHERE d.key = held_group.key AND held_group.depth IS NULL;
