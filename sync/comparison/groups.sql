-- Nodes, groups and courses: wanted against held. Language, category and template count at
-- creation only (rules.md 15); a room under the archive root is archived (rules.md 14).
INSERT INTO change (seq, stage, depth, kind, op, key, label, school, group_key, before, after, memory,
                    reason)
SELECT 0, 0, depth, kind, op, key, label, school, parent_key, before, after, memory, reason
FROM (
  SELECT coalesce(w.kind, h.kind) AS kind, coalesce(w.key, h.key) AS key,
    coalesce(w.title, h.title, '') AS label, coalesce(w.school, h.school, '') AS school,
    coalesce(w.parent_key, h.parent_key) AS parent_key, coalesce(w.depth, h.depth, 0) AS depth,
    coalesce(l.reason, '') AS reason,
    CASE WHEN w.key IS NULL AND h.key IN (SELECT key FROM shared WHERE held = 'held_group')
         THEN 'forget'
         WHEN w.key IS NULL THEN coalesce(l.op, 'delete')
         WHEN h.key IS NULL THEN 'create'
         WHEN w.parent_key IS DISTINCT FROM h.parent_key AND w.parent_key = $archive THEN 'archive'
         WHEN w.parent_key IS DISTINCT FROM h.parent_key THEN 'move'
         WHEN w.title IS DISTINCT FROM h.title THEN 'update'
         WHEN (w.node_id, w.site_type, w.setting_id, w.ums_template_id, w.ended, w.archived,
               w.empty_since, w.depth, w.school) IS DISTINCT FROM
              (h.node_id, h.site_type, h.setting_id, h.ums_template_id, h.ended, h.archived,
               h.empty_since, h.depth, h.school) THEN 'note' END AS op,
    CASE WHEN h.key IS NOT NULL THEN
      json_object('title', h.title, 'parent', h.parent_key, 'type', h.type) END AS before,
    CASE WHEN w.key IS NULL THEN NULL
         WHEN h.key IS NOT NULL OR w.kind = 'node' OR w.type <> 'Course' THEN
           json_object('title', w.title, 'parent', w.parent_key, 'type', w.type)
         ELSE json_object('title', w.title, 'parent', w.parent_key, 'type', w.type,
           'template', w.template_key, 'creator', w.creator_key,
           'language', w.language, 'category', w.category) END AS after,
    CASE WHEN w.key IS NOT NULL THEN json_object(
      'node_id', w.node_id, 'site_type', w.site_type,
      'template_key', coalesce(h.template_key, w.template_key),
      'creator_key', coalesce(h.creator_key, w.creator_key),
      'language', coalesce(h.language, w.language), 'category', coalesce(h.category, w.category),
      'setting_id', w.setting_id, 'ums_template_id', w.ums_template_id,
      'ended', w.ended::VARCHAR, 'archived', w.archived::VARCHAR,
      'empty_since', w.empty_since::VARCHAR, 'depth', w.depth, 'school', w.school) END AS memory
  FROM wanted_group w FULL JOIN held_group h ON h.key = w.key
  LEFT JOIN leaving_group l ON l.key = h.key)
WHERE op IS NOT NULL;
