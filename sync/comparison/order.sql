-- The order of carrying out (rules.md 22): stage, then parents or children first, then by name.
CREATE OR REPLACE TEMP TABLE ordered_change AS
SELECT row_number() OVER (ORDER BY s.number,
         CASE WHEN s.children_first THEN -c.depth ELSE c.depth END,
         CASE WHEN s.children_first THEN CASE c.kind WHEN 'course' THEN 0 WHEN 'group' THEN 1 ELSE 2 END
              ELSE CASE c.kind WHEN 'node' THEN 0 WHEN 'group' THEN 1 ELSE 2 END END,
         c.label, c.key) AS seq,
       s.number AS stage,
       CASE WHEN s.children_first THEN -c.depth ELSE c.depth END AS depth,
       c.* EXCLUDE (seq, stage, depth)
FROM change c JOIN stage_of s ON s.kind = c.kind AND s.op = c.op
WHERE NOT coalesce(c.person_key IN (SELECT key FROM administrator), false);
DELETE FROM change;
INSERT INTO change BY NAME SELECT * FROM ordered_change ORDER BY seq;
DROP TABLE ordered_change;
