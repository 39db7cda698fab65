-- The order of carrying out (rules.md 22): stage, then parents or children first, then by name.
-- Only what decides the order is sorted: the changes themselves are wide, and stay where they are.
DELETE FROM change WHERE person_key IN (SELECT key FROM administrator)
  OR (kind, op) NOT IN (SELECT (kind, op) FROM stage_of);
CREATE OR REPLACE TEMP TABLE change_order AS
SELECT place, stage, depth, row_number() OVER (ORDER BY stage, depth, of_kind, label, key) AS seq
FROM (
  SELECT c.rowid AS place, s.number AS stage, c.label, c.key,
    CASE WHEN s.children_first THEN -c.depth ELSE c.depth END AS depth,
    CASE WHEN s.children_first THEN CASE c.kind WHEN 'course' THEN 0 WHEN 'group' THEN 1 ELSE 2 END
         ELSE CASE c.kind WHEN 'node' THEN 0 WHEN 'group' THEN 1 ELSE 2 END END AS of_kind
  FROM change c JOIN stage_of s ON s.kind = c.kind AND s.op = c.op);
UPDATE change SET seq = o.seq, stage = o.stage, depth = o.depth
FROM change_order o WHERE o.place = change.rowid;
DROP TABLE change_order;
