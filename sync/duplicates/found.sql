-- Which pairs are findings, of which class, and how sure (FindingClass and Strength).
-- left is the account that is loose, or the one that stands in the way; right the other.
CREATE OR REPLACE TEMP TABLE evidence AS
SELECT one, other, list_sort(list(DISTINCT fact) FILTER (fact <> 'likeness')) AS facts,
  max(level_given) AS level_given, max(level_family) AS level_family, max(level_user) AS level_user,
  max(level_mail) AS level_mail, max(level_birth) AS level_birth, max(level_school) AS level_school,
  max(probability) AS probability
FROM (
  SELECT least(left_id, right_id) AS one, greatest(left_id, right_id) AS other, fact,
    * EXCLUDE (left_id, right_id, fact) FROM levelled
  UNION ALL BY NAME
  SELECT least(left_id, right_id) AS one, greatest(left_id, right_id) AS other, 'likeness' AS fact,
    * EXCLUDE (left_id, right_id) FROM scored)
GROUP BY ALL;

-- Who they are is looked up again where a pair is put into words: most pairs come to nothing.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT * EXCLUDE (first, second), CASE
    WHEN first.place = 'trash' THEN 'key-in-trash'
    WHEN first.place = 'source' THEN 'source-duplicate'
    WHEN first.wanted AND second.wanted AND list_has_any(facts, ['user-name'])
         AND NOT same_name THEN 'username-taken'
    WHEN first.wanted AND second.wanted THEN 'source-duplicate'
    WHEN list_contains(facts, 'user-name') AND (first.part = 'administrator' OR against) THEN
      'username-taken'
    WHEN first.by_hand AND second.place = 'ums' THEN 'key-missing'
    WHEN first.by_hand THEN 'pair' ELSE 'double-sync' END AS class,
  CASE
    WHEN first.place = 'trash' THEN CASE WHEN against THEN 'medium' ELSE 'certain' END
    WHEN list_has_any(facts, ['user-name', 'key-spelling', 'key-prefix', 'two-names']) THEN 'certain'
    WHEN NOT same_name AND NOT like_name THEN
      CASE WHEN identified OR (level_mail = 1 AND level_given IN (1, 3, 4)) THEN 'medium' END
    WHEN identified OR level_mail = 1 OR (same_name AND level_birth = 1 AND NOT both_wanted)
      THEN 'strong'
    WHEN level_birth = 1 OR level_user > 0 OR level_mail = 2 OR level_school = 1 THEN
      CASE WHEN same_name OR probability >= 0.5 OR both_wanted THEN 'medium' END
    WHEN same_name AND first.by_hand OR (level_given IN (1, 2) AND level_family IN (1, 2)
      AND second.wanted AND NOT first.wanted) THEN 'weak' END AS strength
FROM (
  SELECT a.id AS left_id, b.id AS right_id, e.* EXCLUDE (one, other), a AS first, b AS second,
    a.wanted AND b.wanted AS both_wanted,
    coalesce(e.level_given IN (1, 2, 3, 4) AND e.level_family IN (1, 2, 3), false)
      AND NOT (e.level_given > 2 AND e.level_family = 3) AS same_name,
    coalesce(e.level_given > 0 AND e.level_family > 0, false) AS like_name,
    coalesce(e.level_given = 0 AND e.level_family = 0, false)
      OR coalesce(e.level_birth = 0, false)
      OR coalesce((e.level_given = 0 OR (e.level_given > 2 AND e.level_family = 0))
                  AND NOT coalesce(e.level_mail > 0, false), false)
      OR coalesce(least(e.level_given, e.level_family) = 0 AND NOT coalesce(e.level_mail > 0, false)
                  AND NOT a.by_hand, false) AS against,
    len(list_filter(coalesce(e.facts, []), lambda f: starts_with(f, 'identifier'))) > 0 AS identified
  FROM evidence e
  JOIN account x ON x.id = e.one JOIN account y ON y.id = e.other
  JOIN account a ON a.id = CASE WHEN rank_of(x) <= rank_of(y) THEN x.id ELSE y.id END
  JOIN account b ON b.id = CASE WHEN rank_of(x) <= rank_of(y) THEN y.id ELSE x.id END);

-- Of what an account is likened to, only the likest: the others are name-sakes. A name alone says
-- nothing where many have it.
CREATE OR REPLACE TEMP TABLE found AS
SELECT left_id, right_id, class, strength, facts, level_given, level_family, level_user, level_mail,
  level_birth, level_school
FROM (
  SELECT *, min(grade_of(strength)) OVER (PARTITION BY left_id) AS best,
    count(*) OVER (PARTITION BY left_id, strength) AS alike
  FROM judged WHERE strength IS NOT NULL)
WHERE grade_of(strength) = best AND (strength <> 'weak' OR alike <= 3)
UNION ALL BY NAME
SELECT id AS left_id, NULL AS right_id, 'admin-with-key' AS class, 'certain' AS strength
FROM account WHERE place = 'itslearning' AND NOT by_hand AND part = 'administrator';
