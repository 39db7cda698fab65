-- The node of each place, and the nodes that something stands under
-- (rules.md 17, 18 and 19; readings.md 31, 32 and 34).
CREATE OR REPLACE TEMP TABLE rule_standing AS
SELECT c.side, c.place_no, arg_min(c.setting_id, b.ids) AS setting_id
FROM rule_chosen c JOIN rule_branch b ON b.side = c.side AND b.setting_id = c.setting_id
WHERE b.leaf GROUP BY c.side, c.place_no;

CREATE OR REPLACE TEMP MACRO node_key(side, path) AS
  node_prefix() || side || '_' || left(sha256(path), node_hash_digits());

-- Every place in every node above it.
CREATE OR REPLACE TEMP TABLE rule_under AS
SELECT s.side, s.place_no, c.setting_id, c.value, c.disagree, n.depth,
  node_key(s.side, c.path) AS key, coalesce(node_key(s.side, p.path), root_key()) AS parent_key,
  c.setting_id = s.setting_id AS directly
FROM (SELECT t.side, t.place_no, t.setting_id, unnest(b.ids) AS above
      FROM rule_standing t JOIN rule_branch b ON b.side = t.side AND b.setting_id = t.setting_id) s
JOIN rule_branch n ON n.side = s.side AND n.setting_id = s.above
JOIN rule_chosen c ON c.side = s.side AND c.place_no = s.place_no AND c.setting_id = s.above
LEFT JOIN rule_chosen p ON p.side = s.side AND p.place_no = s.place_no
  AND p.setting_id = n.parent_id;

CREATE OR REPLACE TEMP TABLE rule_node AS
WITH name AS (
  -- What the rows of all rooms in the node call it, those that name another value too.
  SELECT key, commonest(name, times) AS name
  FROM (
    SELECT u.key, c.course_names[b.position] AS name, sum(c.times) AS times
    FROM rule_under u
    JOIN rule_branch b ON b.side = u.side AND b.setting_id = u.setting_id
    JOIN rule_room_cell rc ON rc.room_no = u.place_no
    JOIN rule_cell c ON c.cell_no = rc.cell_no
    WHERE u.side = 'C' AND name <> '' GROUP BY ALL)
  GROUP BY key),
school AS (
  SELECT key, commonest(school, times) AS school
  FROM (
    SELECT u.key, nullif(c.school, '') AS school, sum(s.times) AS times
    FROM rule_under u JOIN rule_support s ON s.side = u.side AND s.place_no = u.place_no
      AND s.setting_id = u.setting_id
    JOIN rule_cell c ON c.cell_no = s.cell_no GROUP BY ALL)
  GROUP BY key)
SELECT u.*, coalesce(n.name, u.value) AS title, coalesce(s.school, '') AS school
FROM (SELECT DISTINCT key, parent_key, depth, value FROM rule_under) u
LEFT JOIN name n ON n.key = u.key LEFT JOIN school s ON s.key = u.key;

INSERT INTO problem
SELECT 'node-differs', coalesce(r.key, g.key), count(*),
  'its rows name more than one place in the hierarchy; the most frequent counts'
FROM rule_under u LEFT JOIN rule_room r ON u.side = 'C' AND r.room_no = u.place_no
LEFT JOIN rule_group g ON u.side = 'G' AND g.group_no = u.place_no
WHERE u.disagree
GROUP BY ALL ORDER BY ALL;
