-- Why something is let go of instead of deleted: another organization on the same site has it, or
-- is about to.
UPDATE change SET reason = reason || '; ' || s.organization || ' ' || s.word || ' '
  || CASE change.kind WHEN 'person' THEN 'this person' ELSE 'it' END
  || ' too, so nothing is deleted at itslearning'
FROM shared s
WHERE change.op = 'forget' AND s.key = change.key
  AND s.held = CASE change.kind WHEN 'person' THEN 'held_person'
                                WHEN 'membership' THEN 'held_membership' ELSE 'held_group' END;
